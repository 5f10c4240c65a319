(function() {
	// ../jupyterlab/src/hub.ts
	var second = 1e3;
	var minute = 60 * second;
	var often = minute;
	/** How many minutes before an end it is announced. */
	var announced = [
		30,
		15,
		5,
		1,
		0
	];
	/** In how many milliseconds to ask again: a minute, or sooner where something is announced or comes to pass before. */
	function again(answer) {
		const now = Date.parse(answer.now);
		let wait = often;
		for (const end of [
			answer.ends_at,
			answer.quota?.ends_at,
			answer.quota?.stops_at
		]) {
			if (!end) continue;
			for (const minutes of announced) {
				const until = Date.parse(end) - minutes * minute - now + second;
				if (until > 0) wait = Math.min(wait, Math.max(until, 5 * second));
			}
		}
		return wait;
	}
	/** What tells a notice from those that were shown before. */
	function keyOf(notice) {
		return [
			notice.kind,
			notice.minutes,
			notice.grace,
			notice.ends_at
		].join(" ");
	}
	var words = {
		en: {
			left: (time) => `${time} left`,
			time: (hours, minutes) => hours ? `${hours} h ${minutes} min` : `${minutes} min`,
			credits: (count) => count === 1 ? "1 credit" : `${count} credits`,
			whose: (name) => `Server of ${name}`,
			until: (time) => `This server is stopped at ${time}`,
			lasts: (time) => `The credits last until ${time}`,
			home: "Open the hub's home page"
		},
		de: {
			left: (time) => `noch ${time}`,
			time: (hours, minutes) => hours ? `${hours} h ${minutes} min` : `${minutes} min`,
			credits: (count) => `${count} Guthaben`,
			whose: (name) => `Server von ${name}`,
			until: (time) => `Dieser Server wird um ${time} angehalten`,
			lasts: (time) => `Das Guthaben reicht bis ${time}`,
			home: "Startseite des Hubs öffnen"
		}
	};
	/** The words for a browser that wants a language. */
	function wordsFor(language) {
		return language.toLowerCase().startsWith("de") ? words.de : words.en;
	}
	/** What the status bar says, and in more words; `now` is the hub's. Empty where there is nothing to say. */
	function status(answer, now, say) {
		const parts = [];
		const titles = [];
		const clock = (at) => new Date(at).toLocaleTimeString([], { timeStyle: "short" });
		if (answer.viewer && answer.viewer !== answer.user) parts.push(say.whose(answer.user));
		if (answer.ends_at) {
			const left = Math.max(0, Math.ceil((Date.parse(answer.ends_at) - now) / minute));
			parts.push(say.left(say.time(Math.floor(left / 60), left % 60)));
			titles.push(say.until(clock(answer.ends_at)));
		}
		const quota = answer.quota;
		if (quota && !quota.unlimited) {
			parts.push(say.credits(quota.balance));
			if (quota.ends_at) titles.push(say.lasts(clock(quota.ends_at)));
		}
		return {
			text: parts.join(" · "),
			title: titles.join("\n")
		};
	}
	// ../jupyterlab/src/lab.ts
	/** A module of the page's. JupyterLab has one version of each. */
	async function shared(scope, name) {
		const [one] = Object.values(scope[name] ?? {});
		if (!one) throw new Error(`${name} is not shared by this page`);
		return (await one.get())();
	}
	// ../jupyterlab/src/index.ts
	var name = "@atriumhub/jupyterlab";
	var path = "atrium/notices?no_track_activity=1";
	var drawEvery = 15e3;
	var later = 6e4;
	/** What a page shows of its server. */
	var Watch = class {
		app;
		parts;
		say = wordsFor(navigator.language);
		node = document.createElement("span");
		shown = /* @__PURE__ */ new Map();
		answer = null;
		heard = 0;
		timer;
		constructor(app, parts, bar) {
			this.app = app;
			this.parts = parts;
			this.node.className = "jp-StatusBar-TextItem atrium-status";
			this.node.setAttribute("data-atrium", "");
			bar?.registerStatusItem("atrium:status", {
				item: new parts.Widget({ node: this.node }),
				align: "right",
				rank: 5
			});
			document.addEventListener("visibilitychange", () => this.plan());
			window.setInterval(() => this.draw(), drawEvery);
			this.ask();
		}
		/** Asks anew when the time has come: nothing is asked for a page that nobody sees. */
		plan() {
			window.clearTimeout(this.timer);
			if (document.visibilityState === "hidden" || this.heard < 0) return;
			const wait = this.answer ? again(this.answer) : later;
			this.timer = window.setTimeout(() => void this.ask(), Math.max(0, this.heard + wait - Date.now()));
		}
		async ask() {
			const settings = this.app.serviceManager.serverSettings;
			try {
				const response = await this.parts.connection.makeRequest(settings.baseUrl + path, { method: "GET" }, settings);
				if (response.status === 404) {
					this.heard = -1;
					return;
				}
				if (response.ok) this.tell(await response.json());
			} catch {}
			if (this.heard >= 0) this.heard = Date.now();
			this.plan();
		}
		tell(answer) {
			this.answer = answer;
			this.heard = Date.now();
			this.draw();
			const keys = answer.notices.map(keyOf);
			for (const [key, id] of this.shown) {
				if (keys.includes(key)) continue;
				this.parts.notifier.dismiss(id);
				this.shown.delete(key);
			}
			const actions = [{
				label: this.say.home,
				callback: () => void window.open(answer.home, "_blank", "noopener")
			}];
			for (const notice of answer.notices) {
				const key = keyOf(notice);
				if (!this.shown.has(key)) this.shown.set(key, this.parts.notifier.warning(notice.message, {
					autoClose: false,
					actions
				}));
			}
			for (const told of answer.announcements) {
				if (!once(`${told.id} ${told.text}`)) continue;
				const kind = told.level === "urgent" ? "error" : told.level;
				this.parts.notifier[kind](told.text, { autoClose: false });
			}
		}
		draw() {
			if (!this.answer) return;
			const now = Date.parse(this.answer.now) + Date.now() - this.heard;
			const { text, title } = status(this.answer, now, this.say);
			this.node.textContent = text;
			this.node.title = title;
		}
	};
	/** Tells whether somebody is told something for the first time in this tab. */
	function once(what) {
		const key = "atrium:told";
		try {
			const told = JSON.parse(sessionStorage.getItem(key) ?? "[]");
			if (told.includes(what)) return false;
			sessionStorage.setItem(key, JSON.stringify([...told, what].slice(-100)));
		} catch {
			return true;
		}
		return true;
	}
	async function plugin(scope) {
		const [{ IStatusBar }, { Notification }, { ServerConnection }, { Widget }] = await Promise.all([
			shared(scope, "@jupyterlab/statusbar"),
			shared(scope, "@jupyterlab/apputils"),
			shared(scope, "@jupyterlab/services"),
			shared(scope, "@lumino/widgets")
		]);
		return {
			id: `${name}:plugin`,
			description: "Time and credits left, and what the hub announces.",
			autoStart: true,
			optional: [IStatusBar],
			activate: (app, bar) => {
				new Watch(app, {
					connection: ServerConnection,
					notifier: Notification,
					Widget
				}, bar);
			}
		};
	}
	var scope = {};
	var page = window;
	page._JUPYTERLAB ??= {};
	page._JUPYTERLAB[name] = {
		init: (given) => {
			scope = given;
		},
		get: async () => {
			const made = await plugin(scope);
			return () => ({
				__esModule: true,
				default: made
			});
		}
	};
})();
