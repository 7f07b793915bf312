"""S3, and stores that speak its language (MinIO, Ceph, R2 and others), through boto3."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import exceptions as aws
from botocore.config import Config

from feedlake.transforms.stores.object_store import (
    ConditionError,
    NoConditionsError,
    Part,
    StoredFile,
    StoreError,
    StoreMistakeError,
    split_url,
)
from feedlake.transforms.stores.store_settings import StoreSettings

_ATTEMPTS = 5
_CONNECT_S, _READ_S = 5, 30
"""A store that refuses connections is given up after some 15 seconds, and one that swallows them
after 40: botocore waits up to 1, 2, 4 and 8 seconds between attempts (2026-11)."""

_PART_BYTES = 64 << 20
"""Larger files are written in parts of this size; S3 takes 10,000 of them."""

_DELETED_AT_ONCE = 1000
_POOL = 32

_BAD_CREDENTIALS = {
    *("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidToken"),
    *("InvalidClientTokenId", "SignatureDoesNotMatch", "TokenRefreshRequired"),
}
_ELSEWHERE = {
    *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "IncorrectEndpoint"),
    *("PermanentRedirect", "TemporaryRedirect", "301", "307"),
}
_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.SSOError,
)
_NO_ANSWER = (aws.ConnectionError, aws.HTTPClientError)
_BROKEN_OFF = (aws.ReadTimeoutError, aws.ResponseStreamingError, aws.IncompleteReadError)


class S3Store:
    """S3; see `feedlake.transforms.stores.object_store.ObjectStore`."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._made: Any = None
        self._making = threading.Lock()

    @property
    def endpoint_url(self) -> str | None:
        """Where requests go, if that is not Amazon's own address of the region."""
        url: str = self._client("s3://").meta.endpoint_url
        return None if ".amazonaws.com" in url else url

    @property
    def region(self) -> str:
        """The region that requests are signed for."""
        name: str = self._client("s3://").meta.region_name
        return name

    def read(self, path: str, start: int, end: int, *, version: str | None = None) -> Part:
        """Returns some bytes of a file."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._read(path, start, end, version)
            except _BROKEN_OFF as error:  # While the bytes came: botocore doesn't try again there.
                if attempt == _ATTEMPTS:
                    raise _told(error, path, self._endpoint()) from error
        raise AssertionError("unreachable")

    def upload(self, path: str, file: BinaryIO, *, size_bytes: int) -> None:
        """Writes a file."""
        bucket, key = split_url(path)
        with self._asking(path) as client:
            # In parts if it is large, which are given up if one of them fails: they are paid for.
            config = TransferConfig(
                multipart_threshold=_PART_BYTES,
                multipart_chunksize=_PART_BYTES,
                use_threads=False,
            )
            client.upload_fileobj(file, bucket, key, Config=config)

    def put_if(self, path: str, content: bytes, *, version: str | None) -> str:
        """Writes a small file on a condition."""
        bucket, key = split_url(path)
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        with self._asking(path) as client:
            try:
                answer = client.put_object(Bucket=bucket, Key=key, Body=content, **condition)
            except aws.ClientError as error:
                # 409: another writer's request is under way. 404: what must be there is not.
                if _status(error) in (409, 412) or (_status(error) == 404 and _is_no_file(error)):
                    raise ConditionError(f"{path}: {_code(error)}") from error
                if _status(error) == 501:
                    raise NoConditionsError(f"{path}: {_code(error)}") from error
                raise
        return str(answer["ETag"])

    def copy(self, source: str, target: str) -> None:
        """Copies a file within the store."""
        bucket, key = split_url(target)
        from_bucket, from_key = split_url(source)
        with self._asking(source) as client:
            place = {"Bucket": from_bucket, "Key": from_key}
            client.copy_object(Bucket=bucket, Key=key, CopySource=place)

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes files."""
        split = [split_url(path) for path in paths]
        for begin in range(0, len(split), _DELETED_AT_ONCE):
            batch = split[begin : begin + _DELETED_AT_ONCE]
            bucket = batch[0][0]
            names = {"Objects": [{"Key": key} for _, key in batch], "Quiet": True}
            with self._asking(f"s3://{bucket}") as client:
                answer = client.delete_objects(Bucket=bucket, Delete=names)
            for error in answer.get("Errors", []):
                where = f"s3://{bucket}/{error['Key']}"
                raise PermissionError(errno.EACCES, f"not deleted ({error['Code']})", where)

    def list(self, prefix: str, *, limit: int | None = None) -> Iterator[StoredFile]:
        """Yields the files whose URLs begin with a prefix."""
        bucket, begin = split_url(prefix)
        with self._asking(f"s3://{bucket}") as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=begin, PaginationConfig={"MaxItems": limit}
            )
            for page in pages:
                for found in page.get("Contents", []):
                    if not found["Key"].endswith("/"):
                        yield StoredFile(
                            f"s3://{bucket}/{found['Key']}",
                            found["Size"],
                            found["LastModified"],
                            found["ETag"],
                        )

    def _read(self, path: str, start: int, end: int, version: str | None) -> Part:
        bucket, key = split_url(path)
        wanted = {"Bucket": bucket, "Key": key, "Range": f"bytes={start}-{end - 1}"}
        if version is not None:
            wanted["IfMatch"] = version
        with self._asking(path, passes=_BROKEN_OFF) as client:
            try:
                answer = client.get_object(**wanted)
            except aws.ClientError as error:
                if _status(error) == 416:  # An empty file has no first byte.
                    found = client.head_object(Bucket=bucket, Key=key)
                    return Part(b"", found["ContentLength"], found["ETag"])
                if _status(error) == 412:
                    raise OSError(errno.ESTALE, "changed while it was read", path) from error
                raise
            content = answer["Body"].read()
        if version not in (None, answer["ETag"]):  # Some stores take no condition when reading.
            raise OSError(errno.ESTALE, "changed while it was read", path)
        whole = answer.get("ContentRange", "").rpartition("/")[2]
        return Part(content, int(whole or len(content)), answer["ETag"])

    def _client(self, path: str) -> Any:
        with self._making:
            if self._made is None:
                try:
                    self._made = _connect(self._settings)
                except (aws.BotoCoreError, ValueError) as error:
                    raise StoreMistakeError(f"{path.partition('://')[0]}://: {error}") from error
            return self._made

    def _endpoint(self) -> str:
        return str(self._made.meta.endpoint_url)

    @contextlib.contextmanager
    def _asking(self, path: str, *, passes: tuple[type[Exception], ...] = ()) -> Iterator[Any]:
        client = self._client(path)
        try:
            yield client
        except passes:
            raise
        except (aws.ClientError, aws.BotoCoreError) as error:
            raise _told(error, path, self._endpoint()) from error


def _connect(settings: StoreSettings) -> Any:
    # botocore itself knows AWS_PROFILE, AWS_ACCESS_KEY_ID and so on, but not AWS_REGION.
    region = settings.region or os.environ.get("AWS_REGION") or None
    session = boto3.Session(region_name=region)
    return session.client(
        "s3",
        region_name=region or session.region_name or "us-east-1",
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.flag("s3_access_key_id"),
        aws_secret_access_key=settings.flag("s3_secret_access_key"),
        aws_session_token=settings.flag("s3_session_token"),
        config=Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=_POOL,
            # Its newer checksums are unknown to most stores but Amazon's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _status(error: aws.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_no_file(error: aws.ClientError) -> bool:
    return _code(error) in ("NoSuchKey", "NotFound", "404")


def _told(error: Exception, path: str, endpoint: str) -> OSError:
    """The same failure as files have it, or as one sentence about the store."""
    bucket = "/".join(path.split("/")[:3])
    if isinstance(error, _NO_CREDENTIALS):
        return StoreMistakeError(
            f"{bucket}: no credentials for S3 were found; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        )
    if isinstance(error, _NO_ANSWER):
        return StoreError(f"{bucket}: the store at {endpoint} doesn't answer")
    if not isinstance(error, aws.ClientError):
        return StoreMistakeError(f"{bucket}: {error}")
    status, code = _status(error), _code(error)
    if _is_no_file(error):
        return FileNotFoundError(errno.ENOENT, "No such file in the store", path)
    if code == "NoSuchBucket":
        return StoreMistakeError(f"{bucket}: there is no such bucket at {endpoint}")
    if code in _BAD_CREDENTIALS:
        return StoreMistakeError(f"{bucket}: the store refuses the credentials ({code})")
    if code in _ELSEWHERE:
        answer = error.response
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        region = headers.get("x-amz-bucket-region") or answer["Error"].get("Region")
        hint = f", {region}; set AWS_REGION={region}" if region else "; set AWS_REGION"
        return StoreMistakeError(f"{bucket}: the bucket is in another region{hint}")
    if status in (401, 403):
        return PermissionError(errno.EACCES, f"the store refuses access ({status} {code})", path)
    said = str(error.response.get("Error", {}).get("Message", ""))
    return StoreError(f"{bucket}: the store at {endpoint} answers {status} {code}: {said}")
