/*
 * A plugin that lets strongSwan's charon send REDIRECT in IKE_SA_INIT and IKE_AUTH.
 *
 * charon has the code for that, but asks a provider where to redirect to, and Debian packages none.
 * This one answers from two settings: charon.plugins.redirect-provider.on_init and .on_auth, each a
 * gateway (address or domain name).
 */

#include <daemon.h>
#include <plugins/plugin.h>
#include <sa/redirect_provider.h>

typedef struct {
	plugin_t plugin;
	redirect_provider_t provider;
} provider_plugin_t;

static bool target(const char *stage, identification_t **gateway)
{
	char *name = lib->settings->get_str(lib->settings, "%s.plugins.redirect-provider.%s", NULL,
										lib->ns, stage);

	if (!name)
		return FALSE;
	*gateway = identification_create_from_string(name);
	return TRUE;
}

static bool on_init(redirect_provider_t *this, ike_sa_t *ike_sa, identification_t **gateway)
{
	return target("on_init", gateway);
}

static bool on_auth(redirect_provider_t *this, ike_sa_t *ike_sa, identification_t **gateway)
{
	return target("on_auth", gateway);
}

static char *name(plugin_t *this)
{
	return "redirect-provider";
}

static bool announce(provider_plugin_t *this, plugin_feature_t *feature, bool begin, void *data)
{
	if (begin)
		charon->redirect->add_provider(charon->redirect, &this->provider);
	else
		charon->redirect->remove_provider(charon->redirect, &this->provider);
	return TRUE;
}

static int features(plugin_t *this, plugin_feature_t *list[])
{
	static plugin_feature_t all[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)announce, NULL),
			PLUGIN_PROVIDE(CUSTOM, "redirect-provider"),
	};

	*list = all;
	return countof(all);
}

static void destroy(plugin_t *this)
{
	free(this);
}

/* charon finds the constructor by the plugin's name. */
plugin_t *redirect_provider_plugin_create(void)
{
	provider_plugin_t *this = calloc(1, sizeof(*this));

	this->plugin.get_name = name;
	this->plugin.get_features = features;
	this->plugin.destroy = destroy;
	this->provider.redirect_on_init = on_init;
	this->provider.redirect_on_auth = on_auth;
	return &this->plugin;
}
