"""Which certificate authorities are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
AUTHORITY_HINT = "Name the file of its certificates in SSL_CERT_FILE."


def trust(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that trusts the file or folder that the first of the variables names, else what the system trusts.

    Certificates and host names are always checked. Raises `UsageError` when the variable names nothing of use.
    """
    for variable in BUNDLE_VARIABLES:
        if named := environment.get(variable, "").strip():
            return _trusting(named, variable)
    return ssl.create_default_context()


def _trusting(named: str, variable: str) -> ssl.SSLContext:
    try:
        if Path(named).is_dir():
            return ssl.create_default_context(capath=named)
        return ssl.create_default_context(cafile=named)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UsageError(
            f"{variable} names no file or folder of certificates: {named}", hint="Correct it, or unset it."
        ) from error
