"""Whether what proves is installed; it is an extra."""

from importlib.util import find_spec


class NoSolverError(RuntimeError):
    message = "what proves is not installed"
    help = 'pip install "bylaw[proof]"'

    def __str__(self) -> str:
        return f"{self.message}; {self.help}"


def need_solver() -> None:
    if find_spec("z3") is None:
        raise NoSolverError
