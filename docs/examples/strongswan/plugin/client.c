/* What happens to charon's IKE SAs, told to the machines. All of it runs with charon's bus locked,
 * so nothing here waits: a REDIRECT is taken out of the message, and follow.c does the rest. */
#include "client.h"

#include <encoding/payloads/nonce_payload.h>
#include <sa/ikev2/tasks/child_create.h>

static bound_t *find(client_t *this, ike_sa_t *ike_sa)
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

/* Tells the machine; what came out of it is in the log, and a question on its way. TRUE if charon
 * is to process the message as usual. */
static bool tell(bound_t *bound, ike_sa_t *ike_sa, const ikr_initiator_event *event)
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
	client_log(connection, &actions);
	for (size_t i = 0; i < actions.count; i++)
	{
		if (actions.items[i].tag == IKR_INITIATOR_ACTION_VET)
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

	tell(bound, ike_sa, &event);
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

	if (connection)
	{
		return connection;
	}
	INIT(connection,
		.client = this,
		.name = strdup(ike_sa->get_name(ike_sa)),
		.peer_cfg = ike_sa->get_peer_cfg(ike_sa),
		.children = linked_list_create(),
		.refs = 1,
	);
	connection->peer_cfg->get_ref(connection->peer_cfg);
	ikr_initiator_init(&connection->machine, sizeof(connection->machine),
					   &this->options->initiator);
	return connection;
}

/* charon connects by itself. */
static bound_t *connect_sa(client_t *this, ike_sa_t *ike_sa, host_t *gateway)
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
	return find(this, ike_sa);
}

/* While charon sets up one IKE SA in the place of another, its bus names the other. */
static bound_t *find_sender(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	uint64_t spi = message->get_initiator_spi(message);
	bound_t *bound, *found = NULL;
	enumerator_t *all;

	if (spi == ike_sa->get_id(ike_sa)->get_initiator_spi(ike_sa->get_id(ike_sa)))
	{
		return find(this, ike_sa) ?: connect_sa(this, ike_sa, message->get_destination(message));
	}
	all = this->by_id->create_enumerator(this->by_id);
	while (!found && all->enumerate(all, NULL, &bound))
	{
		found = bound->spi == spi ? bound : NULL;
	}
	all->destroy(all);
	return found;
}

static void sends_init(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find_sender(this, ike_sa, message);
	nonce_payload_t *nonce;
	ikr_initiator_view view;
	identification_t *from;
	uint64_t spi;
	chunk_t data;
	host_t *host;

	if (!bound)
	{
		return;
	}
	nonce = (nonce_payload_t*)message->get_payload(message, PLV2_NONCE);
	spi = message->get_initiator_spi(message);
	memcpy(bound->connection->spi, &spi, sizeof(spi));
	chunk_free(&bound->connection->nonce);
	bound->connection->nonce = nonce ? nonce->get_nonce(nonce) : chunk_empty;

	/* What the machine wants it to carry, in the place of what charon wants. */
	ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
	if (!view.has_notifies || view.sa != bound->sa)
	{
		return;
	}
	take_away(message, REDIRECT_SUPPORTED);
	take_away(message, REDIRECTED_FROM);
	if (view.notifies.redirect_supported)
	{
		message->add_notify(message, FALSE, REDIRECT_SUPPORTED, chunk_empty);
	}
	if (view.notifies.redirected_from.kind != IKR_NONE)
	{
		host = host_of(&view.notifies.redirected_from);
		from = identification_create_from_sockaddr(host->get_sockaddr(host));
		data = redirect_data_create(from, chunk_empty);
		message->add_notify(message, FALSE, REDIRECTED_FROM, data);
		chunk_free(&data);
		from->destroy(from);
		host->destroy(host);
	}
}

static void receives_init(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find(this, ike_sa);
	chunk_t octets = message->get_packet_data(message);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_INIT_RESPONSE_RECEIVED };

	if (!bound || ikr_init_response_parse(octets.ptr, octets.len, &event.response) != IKR_OK)
	{
		if (take_away(message, REDIRECT))
		{
			ignore(message);
		}
		return;
	}
	memcpy(event.sent_spi, bound->connection->spi, sizeof(event.sent_spi));
	event.sent_nonce.data = bound->connection->nonce.ptr;
	event.sent_nonce.length = bound->connection->nonce.len;
	bound->connection->multiple_auth = event.response.multiple_auth_supported;
	if (tell(bound, ike_sa, &event))
	{
		take_away(message, REDIRECT);
	}
	else
	{	/* charon goes on waiting for another response */
		ignore(message);
	}
}

/* charon went on after it had checked an AUTH payload: it was right. Or it did not. */
static void proven(bound_t *bound, ike_sa_t *ike_sa, bool right)
{
	connection_t *connection = bound->connection;
	ikr_initiator_event event = {
		.tag = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED,
		.peer_auth = right ? IKR_AUTH_VERIFIED : IKR_AUTH_FAILED,
		.contents = connection->response.contents,
	};

	if (connection->unproven)
	{
		connection->unproven = FALSE;
		tell(bound, ike_sa, &event);
		see_end(&connection->response);
	}
}

/* Remembers which CHILD SAs an IKE_AUTH request asks for. */
static void collect_children(connection_t *connection, ike_sa_t *ike_sa)
{
	enumerator_t *tasks;
	child_sa_t *child;
	child_cfg_t *cfg;
	task_t *task;

	while (connection->children->remove_last(connection->children, (void**)&cfg) == SUCCESS)
	{
		cfg->destroy(cfg);
	}
	tasks = ike_sa->create_task_enumerator(ike_sa, TASK_QUEUE_ACTIVE);
	while (tasks->enumerate(tasks, &task))
	{
		if (task->get_type(task) == TASK_CHILD_CREATE)
		{
			child = ((child_create_t*)task)->get_child((child_create_t*)task);
			if (child)
			{
				cfg = child->get_config(child);
				connection->children->insert_last(connection->children, cfg->get_ref(cfg));
			}
		}
	}
	tasks->destroy(tasks);
}

static void sends_auth(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find(this, ike_sa);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_INIT_COMPLETED };
	ikr_initiator_view view;
	seen_t seen;

	if (!bound)
	{
		return;
	}
	proven(bound, ike_sa, TRUE);
	ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
	if (view.phase == IKR_INITIATOR_PHASE_INIT)
	{
		event.multiple_auth_offered = bound->connection->multiple_auth;
		tell(bound, ike_sa, &event);
		collect_children(bound->connection, ike_sa);
	}
	see(message, &seen);
	event = (ikr_initiator_event){
		.tag = IKR_INITIATOR_EVENT_AUTH_REQUEST_SENT,
		.auth_sent = {
			.auth = seen.contents.auth,
			.eap = seen.contents.eap,
			.another_auth_follows = seen.contents.another_auth_follows,
			.multiple_auth_supported = seen.contents.multiple_auth_supported,
		},
	};
	tell(bound, ike_sa, &event);
	see_end(&seen);
}

static void receives_auth(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find(this, ike_sa);
	connection_t *connection;

	if (bound)
	{
		connection = bound->connection;
		see_end(&connection->response);
		see(message, &connection->response);
		connection->unproven = TRUE;
		if (!connection->response.contents.auth)
		{
			ikr_initiator_event event = {
				.tag = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED,
				.peer_auth = IKR_AUTH_ABSENT,
				.contents = connection->response.contents,
			};

			connection->unproven = FALSE;
			tell(bound, ike_sa, &event);
		}
	}
	/* charon would act before it is told to, and this release of it would not survive. */
	take_away(message, REDIRECT);
}

static void receives_other(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find(this, ike_sa);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_MISPLACED_REDIRECT };
	seen_t seen;

	see(message, &seen);
	if (bound && seen.contents.redirect.state != IKR_ABSENT)
	{
		if (message->get_exchange_type(message) == INFORMATIONAL &&
			message->get_request(message))
		{
			event.tag = IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED;
			event.contents = seen.contents;
		}
		tell(bound, ike_sa, &event);
	}
	see_end(&seen);
	take_away(message, REDIRECT);
}

void client_sends(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	this->mutex->lock(this->mutex);
	if (message->get_request(message))
	{
		switch (message->get_exchange_type(message))
		{
			case IKE_SA_INIT:
				sends_init(this, ike_sa, message);
				break;
			case IKE_AUTH:
				sends_auth(this, ike_sa, message);
				break;
			default:
				break;
		}
	}
	this->mutex->unlock(this->mutex);
}

void client_receives(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	exchange_type_t exchange = message->get_exchange_type(message);

	this->mutex->lock(this->mutex);
	if (exchange == IKE_SA_INIT && !message->get_request(message))
	{
		receives_init(this, ike_sa, message);
	}
	else if (exchange == IKE_AUTH && !message->get_request(message))
	{
		receives_auth(this, ike_sa, message);
	}
	else
	{
		receives_other(this, ike_sa, message);
	}
	this->mutex->unlock(this->mutex);
}

void client_proven(client_t *this, ike_sa_t *ike_sa, bool right)
{
	bound_t *bound;

	this->mutex->lock(this->mutex);
	bound = find(this, ike_sa);
	if (bound)
	{
		proven(bound, ike_sa, right);
	}
	this->mutex->unlock(this->mutex);
}

void client_established(client_t *this, ike_sa_t *ike_sa)
{
	bound_t *bound;
	ikr_initiator_view view;

	this->mutex->lock(this->mutex);
	bound = find(this, ike_sa);
	if (bound)
	{
		proven(bound, ike_sa, TRUE);
		ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
		if (view.sa == bound->sa && view.phase == IKR_INITIATOR_PHASE_AUTH)
		{
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
	bound = find(this, ike_sa);
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
	bound = find(this, old);
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
	bound = find(this, old);
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
	bound = find(this, ike_sa);
	if (bound && gateway && !gateway->ip_equals(gateway, ike_sa->get_other_host(ike_sa)))
	{
		tell(bound, ike_sa, &event);
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
