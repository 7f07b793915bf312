"""A batch of articles is enriched as each of them would be alone."""

from __future__ import annotations

from sentences import SENTENCES

from feedlake.transforms.enrich.enrich_article import enrich_article, enrich_articles
from feedlake.transforms.enrich.enrichers import DEFAULTS, EnrichOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.enrich.run_enrichers import RUNS
from feedlake.transforms.records.subject import Subject


def test_articles_of_a_batch_come_out_as_they_do_alone(monkeypatch):
    options = prepare(EnrichOptions(DEFAULTS))
    texts = ["Talks in Paris, Texas, ended.", *SENTENCES.values(), "", "TALKS IN LONDON"]
    subjects = [
        Subject("A title from Cairo", text=text, declared_language="und", language="und")
        for text in texts
    ]
    tone = RUNS["tone"]

    def run(subject, options):
        if subject.text == texts[0]:
            raise ValueError("no tone")
        return tone(subject, options)

    monkeypatch.setitem(RUNS, "tone", run)

    together = enrich_articles(subjects, options)

    assert together == [enrich_article(subject, options) for subject in subjects]
    assert [len(found.failures) for found in together] == [1] + [0] * (len(texts) - 1)
    assert "tone" not in together[0].columns
    assert enrich_articles([], options) == []
