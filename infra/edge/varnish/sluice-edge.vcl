# A Varnish in front of a Sluice origin: caches everything below /live/, passes on the rest. For Varnish 7; docs/edge.md
# explains it. Varnish knows no TLS: put one that does (hitch, haproxy) before it where viewers come from afar.
#
# To adapt: the origin's address.
vcl 4.1;

backend sluice {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 3s;
    # A held request is answered after three target durations at the latest.
    .first_byte_timeout = 40s;
    # Between two parts of a segment that is being made.
    .between_bytes_timeout = 15s;
}

sub vcl_recv {
    if (req.restarts == 0) {
        # Ours alone: what a viewer says here counts for nothing.
        unset req.http.X-Sluice-Asked;
        unset req.http.X-Sluice-Allowed;
        unset req.http.X-Sluice-Key;
        set req.http.X-Forwarded-For = client.ip;
    }
    unset req.http.X-Original-URI;
    if (req.url !~ "^/live/" && !req.http.X-Sluice-Asked) {
        # Pages, the clocks of DASH players (/time), health.
        return (pass);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    unset req.http.Cookie;
    unset req.http.Authorization;

    if (req.http.X-Sluice-Allowed) {
        set req.url = req.http.X-Sluice-Asked;
    } else if (req.url ~ "^/live/[^?]*\?(.*&)?token=") {
        # A token in the query is an introduction to one in the path, which the origin makes of it.
        return (pass);
    } else {
        # May this viewer have it? While the origin asks for no tokens (playback.secrets) everybody may. Its answer is kept by
        # token and folder, and by viewer where the token is for one address alone (its fourth field is not empty).
        set req.http.X-Sluice-Asked = req.url;
        set req.http.X-Original-URI = req.url;
        set req.http.X-Sluice-Key = "authorize " + regsub(req.url, "^/live/([^?]*/)?[^/?]*(\?.*)?$", "\1");
        if (req.url !~ "^/live/~[^./]*\.[^./]*\.[^./]*\.\.") {
            set req.http.X-Sluice-Key = req.http.X-Sluice-Key + " " + client.ip;
        }
        set req.url = "/authorize";
        return (hash);
    }

    # The path without a playback token: /live/~TOKEN/studio/index.m3u8 is cached as /live/studio/index.m3u8.
    set req.http.X-Sluice-Key = regsub(regsub(req.url, "\?.*$", ""), "^/live/~[^/]+/", "/live/");
    # VLC 3 gets a multivariant playlist of its own (the answer says Vary: User-Agent); all others are alike.
    if (req.http.X-Sluice-Key ~ "^/live/[^/]+/(ts/)?index\.m3u8$" && req.http.User-Agent ~ "\bLibVLC/3\.") {
        set req.http.User-Agent = "LibVLC/3.0";
    } else {
        unset req.http.User-Agent;
    }
    # Of the query, what the origin reads, in one order; anything else would be a way around the cache.
    set req.http.X-Sluice-Query = "";
    if (req.http.X-Sluice-Key ~ "\.(m3u8|mpd)$") {
        if (req.url ~ "[?&]start=") {
            set req.http.X-Sluice-Query = req.http.X-Sluice-Query + regsub(req.url, "^.*[?&](start=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]dvr=") {
            set req.http.X-Sluice-Query = req.http.X-Sluice-Query + regsub(req.url, "^.*[?&](dvr=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]_HLS_msn=") {
            set req.http.X-Sluice-Query = req.http.X-Sluice-Query + regsub(req.url, "^.*[?&](_HLS_msn=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]_HLS_part=") {
            set req.http.X-Sluice-Query = req.http.X-Sluice-Query + regsub(req.url, "^.*[?&](_HLS_part=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]_HLS_skip=") {
            set req.http.X-Sluice-Query = req.http.X-Sluice-Query + regsub(req.url, "^.*[?&](_HLS_skip=[^&]*).*$", "&\1");
        }
        set req.http.X-Sluice-Query = regsub(req.http.X-Sluice-Query, "^&", "?");
    } else {
        # Media is not compressed.
        unset req.http.Accept-Encoding;
    }
    set req.http.X-Sluice-Key = req.http.X-Sluice-Key + req.http.X-Sluice-Query;
    # The origin checks the token too.
    set req.url = regsub(req.url, "\?.*$", "") + req.http.X-Sluice-Query;
    return (hash);
}

sub vcl_hash {
    if (req.http.X-Sluice-Key) {
        hash_data(req.http.X-Sluice-Key);
        return (lookup);
    }
}

sub vcl_backend_fetch {
    unset bereq.http.X-Sluice-Asked;
    unset bereq.http.X-Sluice-Allowed;
    unset bereq.http.X-Sluice-Key;
    unset bereq.http.X-Sluice-Query;
}

sub vcl_backend_response {
    # How long an answer may be kept is what the origin says; an old playlist is worth nothing, not even for a moment.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    # An answer that is still coming is given to all who ask for it meanwhile: low-latency DASH.
    set beresp.do_stream = true;
    if (beresp.http.Cache-Control ~ "no-store") {
        # Not kept; and the next to ask do not pass by each other's waiting for long, as they would by default.
        set beresp.ttl = 1s;
        set beresp.uncacheable = true;
    }
    return (deliver);
}

sub vcl_deliver {
    if (req.http.X-Sluice-Asked && !req.http.X-Sluice-Allowed && resp.status == 204) {
        set req.http.X-Sluice-Allowed = "yes";
        return (restart);
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
