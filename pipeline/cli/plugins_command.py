"""What `feedlake plugins` shows: which plugins are installed, and what is wrong with them."""

from __future__ import annotations

import json

from feedlake.pipeline.terminal.console import printable
from feedlake.transforms.plugins.find_plugins import KINDS, PREFIX, Plugin, find_plugins


def all_plugins() -> list[Plugin]:
    """Returns the plugins of all kinds, those not used among them."""
    return [plugin for kind in KINDS for plugin in find_plugins(kind)]


def plugins_json(plugins: list[Plugin]) -> str:
    """Returns them as a JSON list."""
    told = [
        {
            "name": plugin.name,
            "kind": plugin.kind,
            "version": plugin.version or None,
            "distribution": plugin.distribution,
            "place": plugin.place,
            "fault": plugin.fault,
        }
        for plugin in plugins
    ]
    return json.dumps(told, indent=2)


def plugins_text(plugins: list[Plugin]) -> str:
    """Returns them with a line or two for each."""
    if not plugins:
        return "no plugins are installed"
    return "\n".join(line for plugin in plugins for line in _lines(plugin))


def _lines(plugin: Plugin) -> list[str]:
    name = plugin.name if plugin.kind == "notifier" else PREFIX + plugin.name
    version = f" {plugin.version}" if plugin.version else ""
    lines = [f"{plugin.kind} {name}{version}, of {plugin.distribution} ({plugin.place})"]
    if plugin.fault is not None:
        lines.append(f"  isn't used: {plugin.fault}")
    return [printable(line) for line in lines]
