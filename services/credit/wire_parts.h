#ifndef CREDIT_WIRE_PARTS_H
#define CREDIT_WIRE_PARTS_H

#include "credit/wire.h"
#include "relance/credit/v1/credit.pb-c.h"

/* Parts that several messages share, made in the arena. For the files of wire only. */

Relance__Credit__V1__Reason **wire_reasons(struct arena *arena, const struct reason *reasons, int count);
Relance__Credit__V1__Score *wire_score(struct arena *arena, const struct score_view *view);
Relance__Credit__V1__Hold *wire_hold(struct arena *arena, const struct hold *hold);
Relance__Credit__V1__Hold **wire_holds(struct arena *arena, const struct hold *holds, size_t count);

#endif
