"""`GET /metrics`: what Prometheus reads."""

from litestar import Response, get
from litestar.datastructures import State

from service.auth import needs


@get("/metrics", sync_to_thread=False, guards=[needs("operate")])
def metrics(state: State) -> Response[bytes]:
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4")
