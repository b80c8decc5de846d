"""`bylaw`: the engine's commands, and those of the service, one file for each."""

from engine.cli import group
from service.cli.audit import audit
from service.cli.backup import backup, restore
from service.cli.export import export
from service.cli.forget import forget
from service.cli.keys import keys
from service.cli.live import live, shadow
from service.cli.release import release
from service.cli.replay import replay
from service.cli.report import report
from service.cli.serve import serve
from service.cli.withdraw import withdraw

main = group(
    replay,
    serve,
    live,
    release,
    shadow,
    withdraw,
    keys,
    audit,
    forget,
    export,
    report,
    backup,
    restore,
)
