/* The plugin chooses as the redirector of this project does: a client that goes from one to the other
 * is sent to the same gateway. The table is that of docs/examples/redirector/choice.rs. */
#include "../plugin/choice.h"

static const ikr_target_rules rules;

static bool any(void *question, const target_t *target)
{
	return TRUE;
}

static bool not_the_second(void *question, const target_t *target)
{
	return target != &((target_t*)question)[1];
}

static int check(bool right, const char *what)
{
	if (!right)
	{
		printf("not so: %s\n", what);
	}
	return !right;
}

int main(void)
{
	static const struct { char *client; int place; } table[] = {
		{ "198.51.100.1", 1 }, { "198.51.100.2", 0 }, { "198.51.100.3", 1 },
		{ "198.51.100.4", 0 }, { "198.51.100.5", 2 }, { "2001:db8:1::1", 0 },
		{ "2001:db8:1::2", 2 }, { "2001:db8:1::5", 0 },
	};
	char *texts[] = { "192.0.2.1=3", "2001:db8::2=2", "GW3.example=1" };
	char *wrong[] = { "192.0.2.1=0", "192.0.2.1=65536", "192.0.2.1=3x", "", "=1", "192.0.2.256",
					  "224.0.0.1", "127.0.0.1", "a b", "gw..example" };
	target_t fleet[3], none;
	int failed = 0;

	for (int i = 0; i < countof(texts); i++)
	{
		failed += check(target_create(&fleet[i], texts[i], &rules), texts[i]);
	}
	for (int i = 0; i < countof(wrong); i++)
	{
		failed += check(!target_create(&none, wrong[i], &rules), wrong[i]);
	}
	for (int i = 0; i < countof(table); i++)
	{
		host_t *host = host_create_from_string(table[i].client, 0);
		uint64_t client = key_of_host(host);

		failed += check(choose(fleet, 3, client, any, NULL) == table[i].place, table[i].client);
		failed += check(choose(fleet, 3, client, not_the_second, fleet) != 1, "a target that is out");
		host->destroy(host);
	}
	failed += check(choose(fleet, 0, 5, any, NULL) == -1, "no target");
	for (int i = 0; i < countof(texts); i++)
	{
		target_destroy(&fleet[i]);
	}
	printf("choice: %d failures\n", failed);
	return failed != 0;
}
