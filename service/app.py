"""Settings to the application that serves them."""

from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from engine import Library
from service import problems, replies
from service.api import batches, decisions, health, policies
from service.settings import Settings
from service.shelf import Shelf, fill

_ON_ERROR: ExceptionHandlersMap = {
    problems.ProblemError: problems.of_problem,
    HTTPException: problems.of_http_error,
    Exception: problems.of_mistake,
}


def create_app(settings: Settings, shelf: Shelf | None = None) -> replies.Service:
    """Loads the policies unless they are given; `LibraryError` where none can tell what is live."""
    app = replies.Service(
        route_handlers=[
            decisions.decide,
            batches.decide_all,
            policies.policies,
            policies.policy,
            policies.version,
            health.live,
            health.ready,
        ],
        before_send=[replies.sign],
        exception_handlers=_ON_ERROR,
        request_max_body_size=settings.most_bytes,
        openapi_config=None,
        logging_config=None,
    )
    app.state.settings = settings
    app.state.shelf = shelf if shelf is not None else fill(Library(settings.policies))
    return app
