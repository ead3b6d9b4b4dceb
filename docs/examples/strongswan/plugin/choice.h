/* Which target a client gets: by weight, and always the same one (rendezvous hashing), as the
 * redirector of this project chooses. */
#ifndef REDIRECT_CHOICE_H_
#define REDIRECT_CHOICE_H_

#include "shared.h"

typedef struct {
	ikr_target target;	/* a name points to `name` */
	char *name;
	uint32_t weight;
	uint64_t key;		/* made of its name */
} target_t;

/* Reads one target, "192.0.2.1=3" or "gw2.example.com"; FALSE for what is none by these rules. */
bool target_create(target_t *target, char *text, const ikr_target_rules *rules);
void target_destroy(target_t *target);

/* What stands for a client. */
uint64_t key_of_host(host_t *host);
uint64_t key_of_octets(chunk_t octets);

/* Whether the client of this question may get the target. */
typedef bool (*eligible_t)(void *question, const target_t *target);

/* The number of the client's target, or -1. */
int choose(const target_t *targets, int count, uint64_t client, eligible_t eligible,
		   void *question);

#endif
