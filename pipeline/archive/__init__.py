"""A lake's archive: the payloads it holds, records that leave it, texts made of it anew."""
