"""The check of an index, compiled. Imported only where checked code is compiled, since it needs numba."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from rules_engine.machine.checking import site_text


@intrinsic(prefer_literal=True)
def bounded(typing_context: Any, index: Any, size: Any, site: Any) -> Any:
    """The index itself. One below 0, or not below a size, ends the compiled function.

    Compared without signs: what is negative is then larger than any size.
    """
    of = types.unliteral(index)  # type: ignore[no-untyped-call]

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = context.cast(builder, arguments[0], of, types.int64)
        with builder.if_then(builder.icmp_unsigned(">=", wide, arguments[1]), likely=False):
            context.call_conv.return_user_exc(builder, IndexError, (site_text(site.literal_value),))
        return arguments[0]

    return of(of, types.int64, site), code
