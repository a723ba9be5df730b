"""Which failures of AWS pass by themselves, and for how long they are waited out.

The same as electron/engine/patience.ts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from sluice_spark.source.kinesis.records import UnreadableReplyError

T = TypeVar("T")

PATIENCE_S = 300.0
"""For how long a service may be away before the job fails."""
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 2.0
_OVERLOADED = re.compile("Throttl|SlowDown|ProvisionedThroughput|LimitExceeded")


def error_code(error: BaseException) -> str:
    """Give AWS's code of an error, such as `ExpiredIteratorException`; empty when AWS did not answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_transient(error: BaseException) -> bool:
    """Say whether trying again can help.

    No answer came, it was cut short, the service is overloaded, or it failed by itself.
    """
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or status == 429 or _OVERLOADED.search(error_code(error)) is not None
    return isinstance(
        error,
        NoConnectionError | HTTPClientError | CredentialRetrievalError | MetadataRetrievalError | UnreadableReplyError,
    )


def patiently(call: Callable[[], T], *, patience_s: float = PATIENCE_S) -> T:
    """Run a call again, with growing waits, while its failures are transient. Only for calls that may be repeated.

    :raises Exception: the last failure, when patience ended, or at once when it is not transient
    """
    gives_up_at = time.monotonic() + patience_s
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return call()
        except (ClientError, BotoCoreError, UnreadableReplyError) as error:
            if not is_transient(error) or time.monotonic() > gives_up_at:
                raise
        time.sleep(wait_s)
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
