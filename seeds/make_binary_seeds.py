"""Writes those seeds that an editor cannot: other encodings, gzip, WARC and Parquet.

Run it from anywhere, after changing a text below; with the same zlib and pyarrow the files
come out byte for byte as they were.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.warc import WarcRecord, WarcRecordType

_SEEDS = Path(__file__).resolve().parent

_POLISH = """\
date 2026-03-02
Mieszkańcy Zielonej Grobli przez całą zimę liczyli żaby, których jeszcze nie było. W piątek \
okazało się, że liczyli dobrze: pierwsze wyszły z lasu tego samego wieczoru, który wskazał \
kalendarz wywieszony w sklepie.

Kalendarz ułożyła emerytowana nauczycielka fizyki, Bogumiła Święcka. Od dwudziestu trzech lat \
zapisuje temperaturę wody w rowie za szkołą i twierdzi, że żabom wystarczają trzy noce powyżej \
sześciu stopni. W tym roku pomyliła się o niecałą godzinę.

Na czas wędrówki gmina zamyka drogę do młyna. Wolontariusze z wiadrami i latarkami pełnią dyżury \
do północy, a kierowca ostatniego autobusu wysadza pasażerów przed groblą i odprowadza ich pieszo \
na drugą stronę.

— Spóźniamy się o kwadrans, ale nikt jeszcze nie złożył skargi — powiedział kierowca, Zenon \
Gąsiorek. Do niedzieli przeniesiono ponad tysiąc dwieście żab i jednego bardzo zdziwionego jeża.
"""

_GERMAN = """\
date 2026-03-23
In Oberfährbach hängt seit Samstag wieder eine Glocke im Rathausturm. Sie wiegt kaum mehr als ein \
Fahrrad und schlägt so leise, dass man sie jenseits des Marktplatzes nicht mehr hört – genau so \
hatte es der Gemeinderat gewünscht.

Die alte Glocke war vor zwölf Jahren abgenommen worden, weil sich Gäste des Gasthofs „Zur \
Brücke“ über die nächtlichen Schläge beschwert hatten. Seither stand sie in der Feuerwache und \
diente als Schirmständer. Als im Herbst die Turmuhr überholt werden musste, fragten Schüler der \
dritten Klasse, warum eine Uhr ohne Stimme überhaupt Zeiger brauche.

„Darauf fiel uns keine vernünftige Antwort ein“, sagte Bürgermeisterin Hedwig Löffelholz. Eine \
Sammlung brachte in sechs Wochen 4.300 Euro ein, den größten Teil davon in Münzen. Den Guss \
übernahm eine Werkstatt, die sonst Türklinken und Beschläge fertigt.

Geläutet wird nur tagsüber, zwischen acht und zwanzig Uhr. Zur Einweihung schlug die Glocke \
zwölfmal, obwohl es erst kurz nach elf war: Der Küster hatte sich verzählt, und niemand mochte \
ihn unterbrechen. Die große Glocke bleibt vorläufig, wo sie ist. Für die Schirme müsste man sonst \
einen neuen Ständer kaufen.
"""

_KITE_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Kite carries a letter across the strait | Saltmere Record</title>
<link rel="canonical" href="https://record.example.net/coast/kite-letter">
<meta name="author" content="Hal Merrivale">
<meta property="og:site_name" content="Saltmere Record">
<meta property="article:published_time" content="2026-05-11T16:20:00Z">
</head>
<body>
<nav><a href="/">Record</a> <a href="/coast">Coast</a> <a href="/council">Council</a></nav>
<article>
<h1>Kite carries a letter across the strait</h1>
<p>A letter posted by kite on the beach of Saltmere on Sunday came down four hours later in a \
field of barley on the far side of the strait, fourteen kilometres away.</p>
<p>It was the ninth attempt by the kite club. Earlier kites ended in the sea, in a bell tower and, \
once, in the rigging of a training ship, whose cadets read the letter aloud at supper and wrote a \
polite reply.</p>
<p>The club's chairwoman, Emmeline Stroud, put the success down to a longer tail and a lighter \
envelope. The letter weighs three grams. It asks whoever finds it to say what the weather is like \
over there.</p>
<p>The finder, a farmer, telephoned the same evening to say that it was fine. He has been made an \
honorary member, and will try to send the kite back when the wind turns.</p>
</article>
<footer><a href="/imprint">Imprint</a></footer>
</body>
</html>
"""

_STAIRS_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ostermarsh counts its public stairs and finds one too many | Marsh Messenger</title>
<link rel="canonical" href="https://messenger.example.com/city/stairs">
<meta name="author" content="Lavinia Crake">
<meta property="og:site_name" content="Marsh Messenger">
<meta property="article:published_time" content="2026-05-12T09:00:00+01:00">
</head>
<body>
<nav><a href="/">Messenger</a> <a href="/city">City</a> <a href="/port">Port</a></nav>
<article>
<h1>Ostermarsh counts its public stairs and finds one too many</h1>
<p>The surveyors of Ostermarsh have counted the public stairs of the old town and found \
fifty-three of them. The register has fifty-two, and nobody knows which is the stranger.</p>
<p>Every flight is supposed to have a number cut into its lowest step. Over the years many have \
been worn away, some were paved over, and two stairs behind the ropewalk carry the same one.</p>
<p>The question matters because the town pays for lamps and salt on the registered stairs only. \
The owner of a stair that is not on the list would have to sweep it himself, and so far no one has \
come forward.</p>
<p>The office of works, under Fitzwilliam Loach, will now number them afresh from the harbour \
upwards. It asks residents not to help: on Monday night somebody had painted fifty-three on \
eleven different stairs.</p>
</article>
<footer><a href="/imprint">Imprint</a></footer>
</body>
</html>
"""

_ROWS = [
    {
        "url": "https://messenger.example.com/port/silent-crane",
        "title": "The last hand crane of the port lifts a piano",
        "text": """\
The hand crane on the grain quay of Ostermarsh, which has lifted nothing since the port got \
electric light, was put to work on Wednesday for a piano that fitted through no door.

The instrument belongs to the seamen's club on the first floor. It had come in by the window in \
1926, and the same window was the only way out when the tuner declared that it needed a new sound \
board. A modern crane would have cost more than the piano.

Six members of the club turned the handles, three on each side, while the harbour master's clerk \
called the time. The lift took nineteen minutes. The piano swung once over the water, to a sigh \
from the crowd, and then came down on the cart as if it had been weighed.

It will be back in the autumn. The crane has been greased, and the club has promised not to \
mention that the piano was never played.""",
        "date": date(2026, 4, 29),
        "author": "Lavinia Crake",
    },
    {
        "url": "https://messenger.example.com/city/lost-property",
        "title": "Lost property office finds its own sign",
        "text": """\
The lost property office of Ostermarsh has recovered the sign that used to hang over its door. A \
walker handed it in on Thursday, after he had found it in a hedge near Pellworth.

The enamel plate went missing in a storm four winters ago. For want of a sign fewer people found \
the office, and the number of umbrellas on its shelves rose to more than nine hundred, said the \
head of the office, Mortimer Speke.

Under its own rules the office must keep the sign for ninety days in case somebody claims it. Mr \
Speke has filled in a claim, but cannot approve it, since he is also the one who has to check \
whether the claimant can describe the object.

The matter has gone to the town clerk. Until she decides, the sign stands on shelf fourteen, \
between a tuba and a box of single gloves.""",
        "date": date(2026, 4, 30),
        "author": "Lavinia Crake",
    },
]


def encode_http_response(status: str, *, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Returns an HTTP/1.1 response as it stands in a WARC record.

    Args:
        status: Code and phrase, such as `200 OK`.
        headers: Header fields; the length of the body is added.
        body: The payload.
    """
    fields = {**headers, "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body


def encode_warc_record(
    kind: WarcRecordType, content: bytes, *, uri: str | None, written_at: str, content_type: str
) -> bytes:
    """Returns one WARC record as a gzip member of its own, the way CC-NEWS packs them.

    Args:
        kind: Type of the record.
        content: Its block: an HTTP message, or WARC fields.
        uri: The page's address; None for a record about the archive itself.
        written_at: `WARC-Date`, in UTC.
        content_type: Media type of the block.
    """
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record_id = uuid5(NAMESPACE_URL, f"{uri} {written_at}")
    record.headers["WARC-Record-ID"] = f"<urn:uuid:{record_id}>"
    record.headers["WARC-Date"] = written_at
    record.headers["Content-Type"] = content_type
    if uri is not None:
        record.headers["WARC-Target-URI"] = uri
    record.set_bytes_content(content)
    stream = io.BytesIO()
    record.write(stream)
    return gzip.compress(stream.getvalue(), mtime=0)


def encode_warc() -> bytes:
    """Returns an archive of two articles, and of four answers that are none."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    answers = [
        (
            "https://record.example.net/robots.txt",
            encode_http_response(
                "200 OK",
                headers={"Content-Type": "text/plain"},
                body=b"User-agent: *\nDisallow: /account/\n",
            ),
        ),
        (
            "https://record.example.net/coast/kite-letter",
            encode_http_response("200 OK", headers=html, body=_KITE_PAGE.encode()),
        ),
        (
            "http://messenger.example.com/city/stairs",
            encode_http_response(
                "301 Moved Permanently",
                headers={**html, "Location": "https://messenger.example.com/city/stairs"},
            ),
        ),
        (
            "https://record.example.net/coast/kite-lettre",
            encode_http_response(
                "404 Not Found",
                headers=html,
                body=b"<html><body><h1>Page not found</h1></body></html>",
            ),
        ),
        (
            "https://record.example.net/img/dot.png",
            encode_http_response(
                "200 OK",
                headers={"Content-Type": "image/png"},
                # The smallest valid PNG: one transparent pixel.
                body=bytes.fromhex(
                    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
                    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
                ),
            ),
        ),
        (
            "https://messenger.example.com/city/stairs",
            encode_http_response("200 OK", headers=html, body=_STAIRS_PAGE.encode()),
        ),
    ]
    records = [
        encode_warc_record(
            WarcRecordType.warcinfo,
            b"software: feedlake seeds\r\nformat: WARC File Format 1.0\r\n",
            uri=None,
            written_at="2026-05-13T04:00:00Z",
            content_type="application/warc-fields",
        )
    ]
    for second, (uri, message) in enumerate(answers, start=1):
        records.append(
            encode_warc_record(
                WarcRecordType.response,
                message,
                uri=uri,
                written_at=f"2026-05-13T04:00:{second:02}Z",
                content_type="application/http; msgtype=response",
            )
        )
    return b"".join(records)


def main() -> None:
    """Writes every generated seed to its place beside this script."""
    text = _SEEDS / "text"
    (text / "frogs-utf-16.txt").write_bytes(b"\xff\xfe" + _POLISH.encode("utf-16-le"))
    (text / "town-bell-windows-1252.txt").write_bytes(_GERMAN.encode("windows-1252"))
    ferry = (text / "night-ferry.txt").read_bytes()
    (text / "night-ferry-copy.txt.gz").write_bytes(gzip.compress(ferry, mtime=0))
    (_SEEDS / "warc").mkdir(exist_ok=True)
    (_SEEDS / "warc" / "sample.warc.gz").write_bytes(encode_warc())
    schema = pa.schema(
        {
            "url": pa.string(),
            "title": pa.string(),
            "text": pa.string(),
            "date": pa.date32(),
            "author": pa.string(),
        }
    )
    (_SEEDS / "parquet").mkdir(exist_ok=True)
    pq.write_table(
        pa.Table.from_pylist(_ROWS, schema=schema), _SEEDS / "parquet" / "sample.parquet"
    )


if __name__ == "__main__":
    main()
