/* Sessions: each with a machine, moved away one after the other when the gateway goes down. */
#include "gateway.h"
#include "door.h"

#include <processing/jobs/callback_job.h>
#include <processing/jobs/delete_ike_sa_job.h>

static session_t *find(gateway_t *this, ike_sa_t *ike_sa)
{
	return this->sessions->get(this->sessions,
							   (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa));
}

static void session_destroy(session_t *this)
{
	this->ike_sa_id->destroy(this->ike_sa_id);
	this->own->destroy(this->own);
	free(this);
}

/* ---- What the machine wants ---- */

typedef struct {
	uint32_t id;
	identification_t *to;
} order_t;

static void order_destroy(order_t *this)
{
	this->to->destroy(this->to);
	free(this);
}

CALLBACK(send_redirect, job_requeue_t, order_t *this)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout_by_id(charon->ike_sa_manager, this->id);
	if (ike_sa)
	{
		/* charon never says it twice, not even after a rekey */
		ike_sa->set_condition(ike_sa, COND_REDIRECTED, FALSE);
		if (ike_sa->redirect(ike_sa, this->to) == DESTROY_ME)
		{
			charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, ike_sa);
		}
		else
		{
			charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
		}
	}
	return JOB_REQUEUE_NONE;
}

static void order_redirect(gateway_t *this, session_t *session, uint32_t target)
{
	order_t *order;

	INIT(order,
		.id = session->id,
		.to = identity_of(&this->options->targets[target].target),
	);
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create(send_redirect, order, (void*)order_destroy, NULL));
}

static void carry_out(gateway_t *this, session_t *session, const ikr_responder_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
	{
		const ikr_responder_action *action = &actions->items[i];

		switch (action->tag)
		{
			case IKR_RESPONDER_ACTION_SEND_REDIRECT:
				order_redirect(this, session, action->target);
				break;
			case IKR_RESPONDER_ACTION_DELETE_SA:
				this->tally.deleted++;
				lib->processor->queue_job(lib->processor,
					(job_t*)delete_ike_sa_job_create(session->ike_sa_id, TRUE));
				break;
			case IKR_RESPONDER_ACTION_CLIENT_LEFT:
				this->tally.moved++;
				break;
			case IKR_RESPONDER_ACTION_FAILED:
				this->tally.silent += action->reason == IKR_REASON_NO_ANSWER;
				LOG(1, "session %u: %s", session->id, ikr_reason_name(action->reason));
				break;
			case IKR_RESPONDER_ACTION_IGNORED:
				if (action->reason == IKR_REASON_UNKNOWN_SA)
				{	/* the machine was done with it before charon was */
					break;
				}
				LOG(1, "session %u: REDIRECT of the client ignored: %s", session->id,
					ikr_reason_name(action->reason));
				break;
			case IKR_RESPONDER_ACTION_MISUSED:
				LOG(1, "session %u: fault of the plugin: %s", session->id,
					ikr_misuse_name(action->misuse));
				break;
			default:
				break;
		}
	}
}

static void tell(gateway_t *this, session_t *session, const ikr_responder_event *event)
{
	ikr_responder_actions actions;

	ikr_responder_handle(&session->machine, milliseconds(), event, &actions);
	carry_out(this, session, &actions);
}

static void tell_tag(gateway_t *this, session_t *session, uint32_t tag)
{
	ikr_responder_event event = { .tag = tag };

	tell(this, session, &event);
}

/* ---- What charon says ---- */

void gateway_receives(gateway_t *this, ike_sa_t *ike_sa, message_t *message)
{
	ikr_responder_event event = { .tag = IKR_RESPONDER_EVENT_MISPLACED_REDIRECT };
	exchange_type_t exchange = message->get_exchange_type(message);
	bool request = message->get_request(message);
	session_t *session;
	seen_t seen;

	this->mutex->lock(this->mutex);
	session = find(this, ike_sa);
	if (exchange == IKE_SA_INIT)
	{
		door_receives(this, ike_sa, message);
	}
	if (session && session->sent && !request && exchange == INFORMATIONAL &&
		message->get_message_id(message) == session->mid)
	{
		session->sent = FALSE;
		tell_tag(this, session, IKR_RESPONDER_EVENT_ACKNOWLEDGED);
	}
	see(message, &seen);
	if (seen.contents.redirect.state != IKR_ABSENT)
	{	/* only the original responder may redirect: whoever has authenticated could make this
		 * gateway ask any host for an IKE SA */
		if (session)
		{
			if (exchange == INFORMATIONAL && request)
			{
				event.tag = IKR_RESPONDER_EVENT_INFORMATIONAL_RECEIVED;
				event.contents = seen.contents;
			}
			tell(this, session, &event);
		}
		else
		{
			LOG(1, "REDIRECT of a client ignored: %s",
				ikr_reason_name(IKR_REASON_MISPLACED_REDIRECT));
		}
		take_away(message, REDIRECT);
	}
	see_end(&seen);
	this->mutex->unlock(this->mutex);
}

void gateway_sends(gateway_t *this, ike_sa_t *ike_sa, message_t *message)
{
	ikr_responder_view view;
	session_t *session;

	if (message->get_exchange_type(message) != INFORMATIONAL ||
		!message->get_request(message) || !message->get_notify(message, REDIRECT))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	session = find(this, ike_sa);
	if (session && ikr_responder_look(&session->machine, &view) == IKR_OK &&
		view.phase == IKR_RESPONDER_PHASE_REDIRECTING)
	{	/* not one that an operator has ordered with swanctl */
		session->sent = TRUE;
		session->mid = message->get_message_id(message);
	}
	this->mutex->unlock(this->mutex);
}

/* Gives a session its turn, if the gateway goes down. */
static void schedule(gateway_t *this, session_t *session)
{
	uint64_t now = milliseconds();
	ikr_responder_actions actions;
	int target;

	target = door_choose(this, session->client, session->family, session->own);
	if (target < 0)
	{
		LOG(1, "session %u: no target suits it", session->id);
		return;
	}
	this->next = max(this->next, now);
	if (ikr_responder_redirect_at(&session->machine, now, target, this->next,
								  &actions) == IKR_OK)
	{
		this->next += 1000 / this->options->pace;
		carry_out(this, session, &actions);
	}
}

void gateway_established(gateway_t *this, ike_sa_t *ike_sa)
{
	ikr_client known = {
		.supports_redirect = ike_sa->supports_extension(ike_sa, EXT_IKE_REDIRECTION),
	};
	ike_sa_id_t *ike_sa_id = ike_sa->get_id(ike_sa);
	host_t *host = ike_sa->get_other_host(ike_sa), *own = ike_sa->get_my_host(ike_sa);
	session_t *session;

	if (ike_sa->has_condition(ike_sa, COND_REDIRECTED))
	{	/* in IKE_AUTH: the client leaves, and charon deletes what it leaves behind */
		return;
	}
	this->mutex->lock(this->mutex);
	INIT(session,
		.id = ike_sa->get_unique_id(ike_sa),
		.ike_sa_id = ike_sa_id->clone(ike_sa_id),
		.client = client_key(this, ike_sa),
		.family = host->get_family(host),
		.own = own->clone(own),
	);
	ikr_responder_init_established(&session->machine, sizeof(session->machine),
								   &this->options->responder, &known);
	this->sessions->put(this->sessions, (void*)(uintptr_t)session->id, session);
	if (this->maintenance)
	{
		schedule(this, session);
	}
	this->mutex->unlock(this->mutex);
}

void gateway_rekeyed(gateway_t *this, ike_sa_t *old, ike_sa_t *new)
{
	session_t *session;

	this->mutex->lock(this->mutex);
	session = find(this, old);
	if (session)
	{
		this->sessions->remove(this->sessions, (void*)(uintptr_t)session->id);
		session->id = new->get_unique_id(new);
		session->ike_sa_id->destroy(session->ike_sa_id);
		session->ike_sa_id = new->get_id(new)->clone(new->get_id(new));
		session->sent = FALSE;
		this->sessions->put(this->sessions, (void*)(uintptr_t)session->id, session);
		tell_tag(this, session, IKR_RESPONDER_EVENT_REKEYED);
	}
	this->mutex->unlock(this->mutex);
}

void gateway_unanswered(gateway_t *this, ike_sa_t *ike_sa)
{
	session_t *session;

	this->mutex->lock(this->mutex);
	session = find(this, ike_sa);
	if (session && session->sent)
	{
		session->sent = FALSE;
		tell_tag(this, session, IKR_RESPONDER_EVENT_NO_ANSWER);
	}
	this->mutex->unlock(this->mutex);
}

void gateway_ended(gateway_t *this, ike_sa_t *ike_sa)
{
	void *id = (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa);
	session_t *session;

	this->mutex->lock(this->mutex);
	this->doors->remove(this->doors, id);
	session = this->sessions->remove(this->sessions, id);
	if (session)
	{
		tell_tag(this, session, IKR_RESPONDER_EVENT_DELETED);
		session_destroy(session);
	}
	this->mutex->unlock(this->mutex);
}

/* ---- Maintenance ---- */

void gateway_maintain(gateway_t *this, bool begin)
{
	ikr_responder_actions actions;
	enumerator_t *sessions;
	session_t *session;

	this->mutex->lock(this->mutex);
	this->maintenance = begin;
	if (begin)
	{
		this->tally = (tally_t){ 0 };
		this->next = milliseconds();
	}
	sessions = this->sessions->create_enumerator(this->sessions);
	while (sessions->enumerate(sessions, NULL, &session))
	{
		if (begin)
		{
			schedule(this, session);
		}
		else
		{	/* those that have been told go on leaving */
			ikr_responder_cancel(&session->machine, milliseconds(), &actions);
		}
	}
	sessions->destroy(sessions);
	this->mutex->unlock(this->mutex);
}

void gateway_tick(gateway_t *this)
{
	uint64_t now = milliseconds();
	ikr_responder_actions actions;
	ikr_responder_view view;
	enumerator_t *sessions;
	session_t *session;

	this->mutex->lock(this->mutex);
	sessions = this->sessions->create_enumerator(this->sessions);
	while (sessions->enumerate(sessions, NULL, &session))
	{
		ikr_responder_look(&session->machine, &view);
		if (view.deadline <= now)
		{
			ikr_responder_timeout(&session->machine, now, &actions);
			carry_out(this, session, &actions);
		}
	}
	sessions->destroy(sessions);
	this->mutex->unlock(this->mutex);
}

tally_t gateway_tally(gateway_t *this)
{
	ikr_responder_view view;
	enumerator_t *sessions;
	session_t *session;
	tally_t tally;

	this->mutex->lock(this->mutex);
	tally = this->tally;
	tally.left = this->sessions->get_count(this->sessions);
	sessions = this->sessions->create_enumerator(this->sessions);
	while (sessions->enumerate(sessions, NULL, &session))
	{
		ikr_responder_look(&session->machine, &view);
		tally.unable += !view.supports_redirect;
	}
	sessions->destroy(sessions);
	this->mutex->unlock(this->mutex);
	return tally;
}

gateway_t *gateway_create(options_t *options)
{
	gateway_t *this;

	INIT(this,
		.options = options,
		.mutex = mutex_create(MUTEX_TYPE_RECURSIVE),
		.sessions = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 32),
		.doors = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
	);
	door_open(this);
	return this;
}

CALLBACK(forget, void, session_t *session, const void *id)
{
	session_destroy(session);
}

void gateway_destroy(gateway_t *this)
{
	this->sessions->destroy_function(this->sessions, (void*)forget);
	this->doors->destroy(this->doors);
	this->mutex->destroy(this->mutex);
	free(this);
}
