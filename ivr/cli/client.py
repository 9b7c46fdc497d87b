"""`ivr client`: add, list and revoke the banks' linking backends in `config/clients.toml`.

A key is printed once, when it is made; the file keeps its digest.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import Final

import click
import tomlkit

from ivr.adapters.client_book import SCOPES, read_clients
from ivr.adapters.client_file import add_client, revoke_keys
from ivr.domain.callback_url import check_callback
from ivr.domain.errors import Refused
from ivr.service.tokens import webhook_secrets
from ivr.settings import read_settings

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


@click.group("client")
def command() -> None:
    """Add, list and revoke the banks' API clients."""


@command.command("add")
@click.argument("client_id")
@click.option("--bank", required=True, help="The bank whose accounts this client may ask for.")
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    metavar="URL",
    help="A prefix that callbacks may have; may be given again.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(sorted(SCOPES)),
    help="What it may do; all by default.",
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="ADDRESS",
    help="An address or network it may come from; any by default.",
)
@click.option(
    "--private-callbacks", is_flag=True, help="Its callbacks may go to private addresses."
)
def add(
    client_id: str,
    bank: str,
    callbacks: tuple[str, ...],
    scopes: tuple[str, ...],
    sources: tuple[str, ...],
    *,
    private_callbacks: bool,
) -> None:
    """Add CLIENT_ID, or a second key for it, and print the key: once.

    A client has two live keys at most: add the new one, let the bank change over, revoke the old one.
    A second key has the rights of the first, so it takes no options but --bank.
    """
    settings = read_settings()
    _check(client_id, bank, callbacks, sources, set(settings.banks))
    is_new = client_id not in read_clients(settings.clients_file)[0]
    wanted = {
        "bank": bank,
        "scopes": sorted(scopes) or (sorted(SCOPES) if is_new else []),
        "callback_prefixes": list(callbacks),
        "source_addresses": list(sources),
        "private_callbacks": private_callbacks,
    }
    key = add_client(settings.clients_file, client_id, wanted)
    click.echo(f"API key of {client_id} (shown once): {key}")
    for secret in webhook_secrets(settings.keyring, client_id):
        click.echo(f"Callback secret: {webhook_text(secret)}")


@command.command("list")
def list_clients() -> None:
    """List the clients, with each key's first digits of digest, age and state."""
    settings = read_settings()
    by_id, _ = read_clients(settings.clients_file)
    document = tomlkit.parse(settings.clients_file.read_text(encoding="utf-8")).unwrap()
    for table in document.get("client", []):
        client = by_id[table["id"]]
        click.echo(f"{client.id}  bank {client.bank}  scopes {','.join(sorted(client.scopes))}")
        for prefix in client.callback_prefixes:
            click.echo(f"  callbacks under {prefix}")
        for key in table["keys"]:
            state = f"revoked {key['revoked']}" if "revoked" in key else "live"
            click.echo(f"  key {key['digest'][:8]}  made {key['made']}  {state}")
    if not by_id:
        click.echo("There are no clients yet; `ivr client add` adds one.")


@command.command("revoke")
@click.argument("client_id")
@click.option(
    "--key",
    "digest",
    metavar="DIGEST",
    help="Only the key whose digest begins so, as `ivr client list` shows it.",
)
def revoke(client_id: str, digest: str | None) -> None:
    """Revoke CLIENT_ID's keys, all of them or one. Web processes heed it within a second or two."""
    count = revoke_keys(read_settings().clients_file, client_id, digest)
    click.echo(f"Revoked {count} key(s) of {client_id}.")


def webhook_text(secret: bytes) -> str:
    """Return a callback secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secret).decode()


def _check(
    client_id: str, bank: str, callbacks: tuple[str, ...], sources: tuple[str, ...], banks: set[str]
) -> None:
    if not _ID.fullmatch(client_id):
        raise click.BadParameter(
            "must be lower-case letters, digits and hyphens, a letter first", param_hint="CLIENT_ID"
        )
    if bank not in banks:
        raise click.BadParameter(
            f"there is no such bank; there are {', '.join(sorted(banks))}", param_hint="--bank"
        )
    for url in callbacks:
        try:
            check_callback(url, [url])
        except Refused as error:
            raise click.BadParameter("must be an absolute URL", param_hint="--callback") from error
    for source in sources:
        try:
            ipaddress.ip_network(source, strict=False)
        except ValueError as error:
            raise click.BadParameter(
                "must be an address or a network", param_hint="--from"
            ) from error
