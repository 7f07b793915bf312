"""A batch of articles is enriched as each of them would be alone."""

from __future__ import annotations

import dataclasses

from test_language import SENTENCES

from transforms.enrich_article import enrich_article, enrich_articles
from transforms.enrichers import DEFAULTS, ENRICHERS, EnrichOptions, Subject
from transforms.gazetteer_cache import prepare


def test_articles_of_a_batch_come_out_as_they_do_alone(monkeypatch):
    options = prepare(EnrichOptions(DEFAULTS))
    texts = ["Talks in Paris, Texas, ended.", *SENTENCES.values(), "", "TALKS IN LONDON"]
    subjects = [Subject("A title from Cairo", text, "und", "und") for text in texts]
    tone = ENRICHERS["tone"]

    def run(subject, options):
        if subject.text == texts[0]:
            raise ValueError("no tone")
        return tone.run(subject, options)

    monkeypatch.setitem(ENRICHERS, "tone", dataclasses.replace(tone, run=run))

    together = enrich_articles(subjects, options)

    assert together == [enrich_article(subject, options) for subject in subjects]
    assert [len(found.failures) for found in together] == [1] + [0] * (len(texts) - 1)
    assert "tone" not in together[0].columns
    assert enrich_articles([], options) == []
