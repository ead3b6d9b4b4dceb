#include "choice.h"

#define V4_TAG 0x4950763400000000ULL
#define NAME_TAG 0x4e616d6500000000ULL
#define ONE (1ULL << 32)
#define TABLE_BITS 8

/* A permutation of 64 bits (the finalizer of SplitMix64). */
static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ULL;
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
	return value ^ (value >> 31);
}

static uint64_t key_of_address(chunk_t octets)
{
	if (octets.len == 4)
	{
		return mix(untoh32(octets.ptr) ^ V4_TAG);
	}
	return mix(mix(untoh64(octets.ptr)) ^ untoh64(octets.ptr + 8));
}

uint64_t key_of_host(host_t *host)
{
	return key_of_address(host->get_address(host));
}

uint64_t key_of_octets(chunk_t octets)
{
	uint64_t key = NAME_TAG;

	for (size_t i = 0; i < octets.len; i++)
	{
		key = mix(key ^ octets.ptr[i]);
	}
	return key;
}

/* log2 of a number in [1, 2), given in units of 2^-63, in units of 2^-32. */
static uint64_t log2_of(uint64_t number)
{
	uint64_t log2 = 0, digit;

	for (digit = ONE >> 1; digit; digit >>= 1)
	{	/* squaring doubles the logarithm: each yields one binary digit */
		unsigned __int128 square = (unsigned __int128)number * number;

		if (square >> 127)
		{
			log2 += digit;
			number = square >> 64;
		}
		else
		{
			number = square >> 63;
		}
	}
	return log2;
}

/* log2(1 + i / 256) */
static uint64_t log2_step(uint64_t i)
{
	return i < 1ULL << TABLE_BITS ? log2_of((1ULL << 63) + (i << (63 - TABLE_BITS))) : ONE;
}

/* -log2(hash / 2^64) in units of 2^-32, straight between 256 steps. */
static uint64_t minus_log2(uint64_t hash)
{
	uint64_t mantissa, index, between, low, high;
	int zeros;

	hash = hash ?: 1;
	zeros = __builtin_clzll(hash);
	mantissa = (hash << zeros) << 1;
	index = mantissa >> (64 - TABLE_BITS);
	between = (mantissa << TABLE_BITS) >> 32;
	low = log2_step(index);
	high = log2_step(index + 1);
	return ((uint64_t)zeros << 32) + (ONE - (low + (((high - low) * between) >> 32)));
}

int choose(const target_t *targets, int count, uint64_t client, eligible_t eligible,
		   void *question)
{
	uint64_t best_cost = 0, best_hash = 0, best_weight = 1;
	int best = -1;

	for (int i = 0; i < count; i++)
	{
		uint64_t hash = mix(client ^ targets[i].key), cost = minus_log2(hash);
		uint64_t own = cost * best_weight, other = best_cost * targets[i].weight;

		if ((best < 0 || own < other || (own == other && hash > best_hash)) &&
			eligible(question, &targets[i]))
		{
			best = i;
			best_cost = cost;
			best_hash = hash;
			best_weight = targets[i].weight;
		}
	}
	return best;
}

static bool read_name(target_t *target, char *name, const ikr_target_rules *rules)
{
	host_t *host = host_create_from_string(name, 0);
	ikr_address address;

	if (host)
	{
		address = address_of(host);
		target->target.kind = address.kind;
		memcpy(target->target.address, address.octets, sizeof(address.octets));
		target->key = key_of_host(host);
		host->destroy(host);
		return ikr_target_check(rules, &address) == IKR_OK;
	}
	for (char *at = name; *at; at++)
	{	/* names that differ only in case are one gateway */
		*at = *at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at;
	}
	target->key = key_of_octets(chunk_from_str(name));
	return ikr_target_name(name, strlen(name), &target->target) == IKR_OK;
}

bool target_create(target_t *target, char *text, const ikr_target_rules *rules)
{
	char *weight = strrchr(text, '='), *end = "";
	unsigned long number = 1;

	memset(target, 0, sizeof(*target));
	if (weight)
	{
		number = strtoul(weight + 1, &end, 10);
	}
	if (*end || number < 1 || number > UINT16_MAX)
	{
		return FALSE;
	}
	target->weight = number;
	target->name = strndup(text, weight ? weight - text : strlen(text));
	if (!read_name(target, target->name, rules))
	{
		target_destroy(target);
		return FALSE;
	}
	return TRUE;
}

void target_destroy(target_t *target)
{
	free(target->name);
	target->name = NULL;
}
