"""pandas as usually written, a mask per rule: `python -m benchmarks.rivals.pandas_frames DATA OUT`.

Inactivity apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rivals import AS_OF, ASSETS, FAIR, PRODUCTS, READ


def steps(age: pd.Series, *bounds: tuple[float, float], last: float = 0.0) -> np.ndarray:
    return np.select([age < days for days, _ in bounds], [weight for _, weight in bounds], last)


def score(data: Path) -> pd.DataFrame:
    leads, accounts, events = (pd.read_parquet(data / f"{name}.parquet", columns=READ[name]) for name in READ)
    leads = leads[leads["status"] != "customer"].merge(accounts, on="account_id", how="left")
    events = events[events["at"] <= AS_OF].merge(leads[["lead_id", "employees", "country"]], on="lead_id")
    age = (AS_OF - events["at"]).dt.total_seconds() / 86_400
    half = np.exp2(-age / 90)
    kind, path, asset = events["type"], events["path"].fillna(""), events["asset"].fillna("")
    pages = kind == "page_view"
    click = kind == "email_click"
    minutes, watched = events["minutes"], events["watched"]
    bounds = np.select([minutes.isna(), minutes >= 45, minutes >= 20, minutes >= 5], [1, 15, 8, 2], 0)
    fair = (events["at"] >= FAIR[0]) & (events["at"] < FAIR[1])
    landing = path.str.contains("campaign/", regex=False) & (path != "/campaign/20")
    market = events["topic"].isin(["roi", "migration", "security"]) & events["country"].isin(["US", "GB", "DE"])
    outcome = events["outcome"]
    rules: dict[str, tuple[pd.Series, object]] = {
        "pricing": (path.str.startswith("/pricing"), 5 * half),
        "enterprise": ((path == "/pricing/enterprise") & (events["employees"] >= 500), 8 * half),
        "demo_page": (path.str.startswith("/demo"), 4 * half),
        "customer_story": (path.str.startswith("/customers/"), 2 * half),
        "security": (path == "/security", np.where(age < 60, 3, 0)),
        "integration": (path.str.startswith("/integrations/"), 2 * steps(age, (14, 1), (45, 0.7), (90, 0.3))),
        "docs": (path.str.startswith("/docs/"), half),
        "blog": (path.str.startswith("/blog/"), 0.5 * half),
        "comparison": (path.str.match("^/compare/[a-z]+$"), 6 * np.maximum(0.2, 1 - age / 120)),
        "landing": (landing, 3 * half),
        "busy": (kind.isin(["page_view", "download", "webinar"]), np.where(age < 30, 0.25, 0)),
        "assets": (kind == "download", asset.map(ASSETS).fillna(0) * half),
        "video": (kind == "video", (20 * watched / events["length"]).fillna(0) * half),
        "long_video": (watched >= 1200, 3 * half),
        "webinar": (kind == "webinar", bounds * steps(age, (30, 1), (90, 0.6), last=0.2)),
        "in_market": (market, 4 * np.maximum(0, 1 - age / 90)),
        "opened": (kind == "email_open", np.maximum(0, 1 - age / 60)),
        "clicked": (click, 3 * np.maximum(0, 1 - age / 60)),
        "nurtured": (click & events["campaign"].fillna("").str.startswith("nurture"), 2 * 0.5 ** np.floor(age / 30)),
        "demo": (kind == "demo_request", 60),
        "large_demo": ((kind == "demo_request") & (events["employees"] >= 1000), 30 * half),
        "seats": (
            kind == "demo_request",
            events["seats"].clip(upper=50).fillna(0)
            * 0.4
            * np.maximum(0.2, 1 - 0.2 * np.maximum(0, np.floor((age - 14) / 30))),
        ),
        "fair": ((outcome == "held") & fair, 25 * half),
        "no_show": (outcome == "no_show", -15 * np.maximum(0, 1 - 0.5 * np.floor(age / 30))),
        "won": (outcome == "won", 50 * half),
        "careers": (path.str.startswith("/careers"), -20),
        "hiring_guide": ((asset == "guide-hiring") & (age < 90), -10),
    }
    for name in PRODUCTS:
        rules[f"page_{name}"] = (path.str.startswith(f"/products/{name}"), 5 * steps(age, (30, 1), (90, 0.5)))
        rules[f"topic_{name}"] = (events["topic"] == name, 12 * np.maximum(0.1, np.exp2(-age / 60)))
        rules[f"asset_{name}"] = (asset.str.endswith(f"-{name}"), 6)
    passive = (pages & (path.str.startswith("/careers") | (path == "/unsubscribe"))) | outcome.isin(["no_show", "lost"])
    sums = {
        name: pd.Series(np.where(mask, points, 0), index=events.index).groupby(events["lead_id"]).sum()
        for name, (mask, points) in rules.items()
    }
    counts = {
        "anything": events.groupby("lead_id").size(),
        "downloads_90d": ((kind == "download") & (age < 90)).groupby(events["lead_id"]).sum(),
        "minutes_90d": minutes.where(age < 90).groupby(events["lead_id"]).sum(),
        "unsubscribed": (path == "/unsubscribe").groupby(events["lead_id"]).sum(),
    }
    frame = leads.set_index("lead_id")
    frame = frame.join(pd.DataFrame(sums | counts)).fillna(dict.fromkeys((*sums, *counts), 0))
    frame["pause"] = age[~passive].groupby(events["lead_id"]).min()
    web = (frame["pricing"] + frame["demo_page"] + frame["blog"].clip(upper=10)).clip(upper=60)
    rest = [name for name in rules if name[:5] not in ("page_", "topic", "asset") or name == "assets"]
    capped = {"pricing", "demo_page", "blog", "docs", "opened", "clicked"}
    earned = (
        web
        + frame["docs"].clip(upper=15)
        + (frame["opened"] + frame["clicked"]).clip(upper=25)
        + frame[[name for name in rest if name not in capped]].sum(axis=1)
    ) * 0.75 ** frame["unsubscribed"]
    ticks = np.where(frame["pause"] >= 30, 1 + np.floor((frame["pause"] - 30) / 7), 0)
    frame["readiness"] = np.where(earned <= 10, earned.clip(lower=0), np.maximum(10, earned * 0.9**ticks)).clip(max=300)
    employees, title, country, nps = frame["employees"], frame["title"], frame["country"], frame["nps"]
    free = frame["email"].str.split("@").str[1].isin(["gmail.com", "outlook.com", "yahoo.com", "gmx.de"])
    senior = title.str.contains(r"\b(?:vp|chief|director|head|owner|founder)\b", case=False, na=False)
    frame["fit"] = (
        np.select([employees >= 1000, employees >= 200, employees >= 50], [20, 10, 5], 0)
        + np.select([title.isna(), senior], [0, 15], -5)
        + np.where(title.str.contains(r"\b(?:student|intern)\b", case=False, na=False), -15, 0)
        + country.map({"US": 10, "GB": 8, "DE": 6, "FR": 6}).fillna(0)
        + np.where(frame["email"].notna() & ~free, 5, 0)
        + np.where(frame["industry"].isin(["software", "internet", "banking"]), 6, 0)
        + np.select([nps >= 9, nps <= 6], [5, -5], 0)
        + np.where(~frame["opted_out"] | (frame["anything"] >= 20), 2, 0)
        + np.where(frame["downloads_90d"] >= 3, 5, 0)
        + np.where(frame["minutes_90d"] >= 60, 5, 0)
    )
    frame["total"] = (frame["fit"] + 0.5 * frame["readiness"]).clip(upper=150)
    for name in PRODUCTS:
        frame[f"interest_{name}"] = frame[f"page_{name}"] + frame[f"topic_{name}"] + frame[f"asset_{name}"]
    for column, low, high, names in (
        ("readiness", 40, 100, ("cold", "warm", "sales_ready")),
        ("fit", 15, 30, ("C", "B", "A")),
        ("total", 30, 70, ("low", "middle", "high")),
        ("interest_crm", 10, 25, ("nothing", "interested", "keen")),
    ):
        band = "crm_band" if column == "interest_crm" else f"{column}_band"
        frame[band] = np.select([frame[column] >= high, frame[column] >= low], [names[2], names[1]], names[0])
    frame["label_rating"] = frame["fit_band"] + ":" + frame["readiness_band"]
    hot = (frame["fit"] >= 15) & (frame["readiness"] >= 100)
    cold = frame["pause"].isna() | (frame["pause"] > 60)
    frame["label_temperature"] = np.select([hot, cold], ["hot", "cold"], "nurture")
    columns = ["readiness", "fit", *(f"interest_{name}" for name in PRODUCTS), "total"]
    columns += ["readiness_band", "fit_band", "crm_band", "total_band", "label_rating", "label_temperature"]
    return frame[columns].reset_index()


if __name__ == "__main__":
    score(Path(sys.argv[1])).to_parquet(sys.argv[2])
