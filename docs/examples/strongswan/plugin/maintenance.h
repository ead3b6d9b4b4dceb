/* Watches the file that starts maintenance, and tells how far it is. */
#ifndef REDIRECT_MAINTENANCE_H_
#define REDIRECT_MAINTENANCE_H_

#include "gateway.h"

/* From now on, until charon ends. */
void maintenance_watch(gateway_t *gateway);

#endif
