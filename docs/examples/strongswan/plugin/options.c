#include "options.h"

#include <selectors/traffic_selector.h>

#define KEY(name) "%s.plugins." PLUGIN "." name

static bool get_bool(char *key, bool usual)
{
	return lib->settings->get_bool(lib->settings, key, usual, lib->ns);
}

static int get_int(char *key, int usual)
{
	return lib->settings->get_int(lib->settings, key, usual, lib->ns);
}

static char *get_str(char *key)
{
	return lib->settings->get_str(lib->settings, key, NULL, lib->ns);
}

static bool read_targets(options_t *this)
{
	char *text = get_str(KEY("gateway.targets")), *word;
	enumerator_t *words;
	bool good = TRUE;

	words = enumerator_create_token(text ?: "", " ,", " ,");
	while (good && words->enumerate(words, &word))
	{
		if (!*word)
		{
			continue;
		}
		this->targets = realloc(this->targets,
								(this->target_count + 1) * sizeof(target_t));
		good = target_create(&this->targets[this->target_count], word, &this->door.targets);
		if (good)
		{
			this->target_count++;
		}
		else
		{
			LOG(1, "gateway.targets: '%s' is no address or domain name that a client can be sent "
				"to, or its weight is not from 1 to 65535", word);
		}
	}
	words->destroy(words);
	return good;
}

/* Networks like 192.0.2.0/24, addresses, names like gw.example.com and *.example.com */
static bool read_allowed(options_t *this)
{
	char *text = get_str(KEY("client.allow")), *word;
	enumerator_t *words;
	host_t *net;
	int bits;

	this->allowed_nets = linked_list_create();
	this->allowed_names = linked_list_create();
	words = enumerator_create_token(text ?: "", " ,", " ,");
	while (words->enumerate(words, &word))
	{
		if (!*word)
		{
			continue;
		}
		net = host_create_from_subnet(word, &bits);
		if (net)
		{
			this->allowed_nets->insert_last(this->allowed_nets,
					traffic_selector_create_from_subnet(net, bits, 0, 0, 65535));
		}
		else
		{
			this->allowed_names->insert_last(this->allowed_names,
					identification_create_from_encoding(ID_FQDN, chunk_from_str(word)));
		}
	}
	words->destroy(words);
	return TRUE;
}

static bool read_gateway(options_t *this)
{
	ikr_responder_default_config(&this->responder);
	this->responder.retransmission = IKR_RETRANSMIT_BY_HOST;
	this->responder.grace = 1000u * get_int(KEY("gateway.grace"), 20);
	this->on_init = get_bool(KEY("gateway.on_init"), FALSE);
	this->on_auth = get_bool(KEY("gateway.on_auth"), FALSE);
	this->above = get_int(KEY("gateway.above"), 0);
	this->by_identity = get_bool(KEY("gateway.by_identity"), FALSE);
	this->maintenance = get_str(KEY("gateway.maintenance"));
	this->pace = lib->settings->get_double(lib->settings, KEY("gateway.pace"), 10, lib->ns);
	this->door.targets.allow_loopback = get_bool(KEY("allow_loopback"), FALSE);
	this->door.targets.allow_link_local = get_bool(KEY("allow_link_local"), FALSE);
	if (this->pace < 0.01 || this->pace > 10000)
	{
		LOG(1, "gateway.pace: not from 0.01 to 10000 sessions a second");
		return FALSE;
	}
	return read_targets(this);
}

static bool read_client(options_t *this)
{
	ikr_initiator machine;
	ikr_status status;
	int limit;

	ikr_initiator_default_config(&this->initiator);
	limit = get_int(KEY("client.max_redirects"), this->initiator.max_redirects);
	this->initiator.max_redirects = limit < 0 || limit > UINT8_MAX ? UINT8_MAX : limit;
	this->initiator.loop_detect_period = 1000u * get_int(KEY("client.loop_detect_period"), 300);
	this->initiator.targets = this->door.targets;
	/* A look-up has as long as it takes: charon's resolver gives up by itself. */
	this->initiator.vet_timeout = UINT32_MAX;
	status = ikr_initiator_init(&machine, sizeof(machine), &this->initiator);
	if (status != IKR_OK)
	{
		LOG(1, "client: %s", ikr_status_name(status));
		return FALSE;
	}
	return read_allowed(this);
}

options_t *options_create(void)
{
	options_t *this;

	INIT(this, .target_count = 0);
	if (read_gateway(this) && read_client(this))
	{
		return this;
	}
	options_destroy(this);
	return NULL;
}

void options_destroy(options_t *this)
{
	while (this->target_count)
	{
		target_destroy(&this->targets[--this->target_count]);
	}
	free(this->targets);
	DESTROY_OFFSET_IF(this->allowed_nets, offsetof(traffic_selector_t, destroy));
	DESTROY_OFFSET_IF(this->allowed_names, offsetof(identification_t, destroy));
	free(this);
}

static bool name_allowed(options_t *this, const ikr_target *target)
{
	identification_t *name = identity_of(target), *allowed;
	enumerator_t *names;
	bool found = FALSE;

	names = this->allowed_names->create_enumerator(this->allowed_names);
	while (!found && names->enumerate(names, &allowed))
	{
		found = name->matches(name, allowed) != ID_MATCH_NONE;
	}
	names->destroy(names);
	name->destroy(name);
	return found;
}

bool options_allow(options_t *this, const ikr_target *target, host_t *address)
{
	traffic_selector_t *net;
	enumerator_t *nets;
	bool found = FALSE;

	if (!this->allowed_nets->get_count(this->allowed_nets) &&
		!this->allowed_names->get_count(this->allowed_names))
	{
		return TRUE;
	}
	if (target->kind == IKR_FQDN && name_allowed(this, target))
	{
		return TRUE;
	}
	nets = this->allowed_nets->create_enumerator(this->allowed_nets);
	while (!found && nets->enumerate(nets, &net))
	{
		found = net->includes(net, address);
	}
	nets->destroy(nets);
	return found;
}
