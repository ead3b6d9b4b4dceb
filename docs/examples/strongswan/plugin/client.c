/* Connections, the IKE SAs that each has, and what becomes of them. */
#include "client.h"

bound_t *client_find(client_t *this, ike_sa_t *ike_sa)
{
	return this->by_id->get(this->by_id, (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa));
}

void connection_ref(connection_t *connection)
{
	ref_get(&connection->refs);
}

void connection_unref(connection_t *connection)
{
	if (ref_put(&connection->refs))
	{
		connection->children->destroy_offset(connection->children,
											 offsetof(child_cfg_t, destroy));
		connection->peer_cfg->destroy(connection->peer_cfg);
		see_end(&connection->response);
		chunk_free(&connection->nonce);
		DESTROY_IF(connection->refused);
		free(connection->name);
		free(connection);
	}
}

void bind_sa(connection_t *connection, ike_sa_t *ike_sa, uint32_t sa)
{
	ike_sa_id_t *ike_sa_id = ike_sa->get_id(ike_sa);
	client_t *this = connection->client;
	uint32_t id = ike_sa->get_unique_id(ike_sa);
	bound_t *bound = this->by_id->get(this->by_id, (void*)(uintptr_t)id);

	if (!bound)
	{
		INIT(bound, .id = id);
		connection_ref(connection);
		this->by_id->put(this->by_id, (void*)(uintptr_t)id, bound);
	}
	bound->sa = sa;
	bound->spi = ike_sa_id->get_initiator_spi(ike_sa_id);
	bound->connection = connection;
}

static void unbind(client_t *this, bound_t *bound)
{
	connection_t *connection = bound->connection;
	ikr_initiator_view view;

	this->by_id->remove(this->by_id, (void*)(uintptr_t)bound->id);
	free(bound);
	ikr_initiator_look(&connection->machine, milliseconds(), &view);
	if (view.phase == IKR_INITIATOR_PHASE_IDLE && !view.has_question && view.followed)
	{	/* the next connection by that name goes on counting */
		this->idle->insert_last(this->idle, connection);
		return;
	}
	connection_unref(connection);
}

void client_log(connection_t *connection, const ikr_initiator_actions *actions)
{
	host_t *from, *to;

	for (size_t i = 0; i < actions->count; i++)
	{
		const ikr_initiator_action *action = &actions->items[i];

		switch (action->tag)
		{
			case IKR_INITIATOR_ACTION_REDIRECTED:
				from = host_of(&action->from);
				to = host_of(&action->to);
				LOG(1, "%s: redirected from %H to %H", connection->name, from, to);
				from->destroy(from);
				to->destroy(to);
				break;
			case IKR_INITIATOR_ACTION_IGNORED:
				if (action->reason == IKR_REASON_UNKNOWN_SA)
				{	/* the machine was done with it before charon was */
					break;
				}
				/* fall-through */
			case IKR_INITIATOR_ACTION_REFUSED:
				LOG(1, "%s: REDIRECT or message not followed: %s", connection->name,
					ikr_reason_name(action->reason));
				break;
			case IKR_INITIATOR_ACTION_TOLERATED:
			case IKR_INITIATOR_ACTION_MOVE_FAILED:
			case IKR_INITIATOR_ACTION_FAILED:
				LOG(2, "%s: %s", connection->name, ikr_reason_name(action->reason));
				break;
			case IKR_INITIATOR_ACTION_MISUSED:
				LOG(1, "%s: fault of the plugin: %s", connection->name,
					ikr_misuse_name(action->misuse));
				break;
			default:
				break;
		}
	}
}

/* A gateway that repeats itself is not asked about again: no policy, no DNS. */
static bool refused_before(connection_t *connection, const ikr_initiator_action *vet)
{
	identification_t *target = identity_of(&vet->target);
	ikr_initiator_actions actions;
	bool known;

	known = connection->refused && connection->refused_sa == vet->sa &&
			connection->refused->equals(connection->refused, target);
	target->destroy(target);
	if (known)
	{
		ikr_initiator_refuse(&connection->machine, milliseconds(), vet->question,
							 connection->refusal, &actions);
		client_log(connection, &actions);
	}
	return known;
}

bool client_tell(bound_t *bound, ike_sa_t *ike_sa, const ikr_initiator_event *event)
{
	connection_t *connection = bound->connection;
	ikr_initiator_actions actions;
	ikr_status status;
	bool usual = FALSE;

	status = ikr_initiator_handle(&connection->machine, milliseconds(), bound->sa, event,
								  &actions);
	if (status != IKR_OK)
	{
		LOG(1, "%s: fault of the plugin: %s", connection->name, ikr_status_name(status));
		return TRUE;
	}
	LOG(3, "%s: IKE SA %u: event %u", connection->name, bound->sa, event->tag);
	client_log(connection, &actions);
	for (size_t i = 0; i < actions.count; i++)
	{
		if (actions.items[i].tag == IKR_INITIATOR_ACTION_VET &&
			!refused_before(connection, &actions.items[i]))
		{
			follow(connection, ike_sa, &actions.items[i]);
		}
		usual |= actions.items[i].tag == IKR_INITIATOR_ACTION_PASS_ON;
	}
	return usual;
}

static void tell_tag(bound_t *bound, ike_sa_t *ike_sa, uint32_t tag)
{
	ikr_initiator_event event = { .tag = tag };

	client_tell(bound, ike_sa, &event);
}

static connection_t *idle_connection(client_t *this, char *name)
{
	connection_t *connection, *found = NULL;
	enumerator_t *idle;

	idle = this->idle->create_enumerator(this->idle);
	while (!found && idle->enumerate(idle, &connection))
	{
		if (streq(connection->name, name))
		{
			this->idle->remove_at(this->idle, idle);
			found = connection;
		}
	}
	idle->destroy(idle);
	return found;
}

/* A connection that is to have its first IKE SA; referenced by the caller. */
static connection_t *connection_get(client_t *this, ike_sa_t *ike_sa)
{
	connection_t *connection = idle_connection(this, ike_sa->get_name(ike_sa));
	peer_cfg_t *peer_cfg = ike_sa->get_peer_cfg(ike_sa);

	if (connection)
	{	/* of its configuration nothing but the name is still what it was */
		connection->peer_cfg->destroy(connection->peer_cfg);
		connection->peer_cfg = peer_cfg->get_ref(peer_cfg);
		return connection;
	}
	INIT(connection,
		.client = this,
		.name = strdup(ike_sa->get_name(ike_sa)),
		.peer_cfg = peer_cfg->get_ref(peer_cfg),
		.children = linked_list_create(),
		.refs = 1,
	);
	ikr_initiator_init(&connection->machine, sizeof(connection->machine),
					   &this->options->initiator);
	return connection;
}

bound_t *client_connects(client_t *this, ike_sa_t *ike_sa, host_t *gateway)
{
	connection_t *connection = connection_get(this, ike_sa);
	ikr_address address = address_of(gateway);
	ikr_initiator_actions actions;
	ikr_status status;

	status = ikr_initiator_connect(&connection->machine, milliseconds(), &address, &actions);
	if (status == IKR_OK)
	{
		bind_sa(connection, ike_sa, actions.items[0].sa);
	}
	else
	{
		LOG(1, "%s: redirects to or from %H are not followed: %s", connection->name, gateway,
			ikr_status_name(status));
	}
	connection_unref(connection);
	return client_find(this, ike_sa);
}

void client_established(client_t *this, ike_sa_t *ike_sa)
{
	bound_t *bound;
	ikr_initiator_view view;

	this->mutex->lock(this->mutex);
	bound = client_find(this, ike_sa);
	if (bound)
	{
		connection_proven(bound, ike_sa, TRUE);
		ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
		if (view.sa == bound->sa && view.phase == IKR_INITIATOR_PHASE_AUTH && !view.has_question)
		{	/* not one that was redirected by its last response */
			tell_tag(bound, ike_sa, IKR_INITIATOR_EVENT_ESTABLISHED);
		}
	}
	this->mutex->unlock(this->mutex);
}

void client_ended(client_t *this, ike_sa_t *ike_sa)
{
	bound_t *bound;
	ikr_initiator_view view;

	this->mutex->lock(this->mutex);
	bound = client_find(this, ike_sa);
	if (bound)
	{
		ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
		tell_tag(bound, ike_sa, view.phase == IKR_INITIATOR_PHASE_UP || view.sa != bound->sa
					? IKR_INITIATOR_EVENT_DELETED : IKR_INITIATOR_EVENT_GIVEN_UP);
		unbind(this, bound);
	}
	this->mutex->unlock(this->mutex);
}

void client_rekeyed(client_t *this, ike_sa_t *old, ike_sa_t *new)
{
	bound_t *bound;

	this->mutex->lock(this->mutex);
	bound = client_find(this, old);
	if (bound)
	{
		bind_sa(bound->connection, new, bound->sa);
		tell_tag(bound, new, IKR_INITIATOR_EVENT_REKEYED);
		unbind(this, bound);
	}
	this->mutex->unlock(this->mutex);
}

/* charon sets up another IKE SA in the place of one: because of a redirect, or by itself. */
void client_renews(client_t *this, ike_sa_t *old, ike_sa_t *new)
{
	bound_t *bound;
	connection_t *connection;
	ikr_initiator_actions actions;
	ikr_address gateway;

	this->mutex->lock(this->mutex);
	bound = client_find(this, old);
	connection = bound ? bound->connection : NULL;
	if (connection && connection->starting)
	{
		connection->starting = FALSE;
		bind_sa(connection, new, connection->started);
	}
	else if (connection)
	{
		gateway = address_of(old->get_other_host(old));
		if (ikr_initiator_renew(&connection->machine, milliseconds(), &gateway,
								&actions) == IKR_OK)
		{
			bind_sa(connection, new, actions.items[actions.count - 1].sa);
		}
	}
	this->mutex->unlock(this->mutex);
}

void client_moved(client_t *this, ike_sa_t *ike_sa, host_t *gateway)
{
	ikr_initiator_event event = {
		.tag = IKR_INITIATOR_EVENT_GATEWAY_MOVED, .gateway = address_of(gateway),
	};
	bound_t *bound;

	this->mutex->lock(this->mutex);
	bound = client_find(this, ike_sa);
	if (bound && gateway && !gateway->ip_equals(gateway, ike_sa->get_other_host(ike_sa)))
	{
		client_tell(bound, ike_sa, &event);
	}
	this->mutex->unlock(this->mutex);
}

client_t *client_create(options_t *options)
{
	client_t *this;

	INIT(this,
		.options = options,
		.mutex = mutex_create(MUTEX_TYPE_RECURSIVE),
		.by_id = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 32),
		.idle = linked_list_create(),
	);
	return this;
}

CALLBACK(forget, void, bound_t *bound, const void *id)
{
	connection_unref(bound->connection);
	free(bound);
}

void client_destroy(client_t *this)
{
	this->by_id->destroy_function(this->by_id, (void*)forget);
	this->idle->destroy_function(this->idle, (void*)connection_unref);
	this->mutex->destroy(this->mutex);
	free(this);
}
