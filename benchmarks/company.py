"""What the invented company has: its pages, mails, assets, and what is known of its visitors.

A leaf. The lists are fixed, so a model file can name what the generator draws.
"""

from __future__ import annotations

PRODUCTS = ("crm", "analytics", "mail")
SALES_PAGES = ("/pricing", "/pricing/enterprise", "/demo", "/customers")
ASSETS = tuple(
    f"{kind}-{topic}"
    for kind in ("guide", "checklist", "benchmark", "datasheet", "template")
    for topic in (*PRODUCTS, "roi", "security", "migration", "hiring", "privacy", "api", "gdpr", "trends", "intro")
)
CAMPAIGNS = tuple(
    f"{kind}-{number:02}" for kind in ("newsletter", "nurture", "product", "event") for number in range(1, 13)
)
TOPICS = (*PRODUCTS, "roi", "security", "migration", "hiring", "trends")
VIDEOS = tuple(f"video-{number:02}" for number in range(1, 41))
OUTCOMES = ("held", "no_show", "won", "lost")
COUNTRIES = ("US", "GB", "FR", "DE", "NL", "ES", "IT", "PL", "SE", "IN")
INDUSTRIES = (
    "software",
    "internet",
    "retail",
    "banking",
    "health",
    "education",
    "logistics",
    "energy",
    "media",
    "toys",
)
FREE_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de")
RIVALS = ("rival.example", "other.example")
TITLES = (
    "Intern",
    "Student",
    "Account Manager",
    "Software Engineer",
    "Senior Engineer",
    "Marketing Manager",
    "Head of Marketing",
    "Head of Sales",
    "Director of Operations",
    "Director of Engineering",
    "VP Sales",
    "VP of Marketing",
    "Chief Executive Officer",
    "Chief Information Officer",
    "Owner",
    "Founder",
    "Consultant",
    "Analyst",
    "Purchasing Manager",
    "Office Manager",
)


def pages() -> tuple[str, ...]:
    """About 500 paths, the ones most looked at first."""
    first = ["/", "/pricing", "/login", "/demo", "/customers", "/pricing/enterprise", "/security", "/about", "/careers"]
    rest = [f"/products/{product}" for product in PRODUCTS]
    rest += [f"/blog/{number:03}" for number in range(1, 161)]
    rest += [f"/docs/{number:03}" for number in range(1, 151)]
    rest += [f"/customers/{number:02}" for number in range(1, 51)]
    rest += [f"/integrations/{number:02}" for number in range(1, 41)]
    rest += [f"/products/{product}/{number:02}" for product in PRODUCTS for number in range(1, 16)]
    rest += [f"/careers/{number:02}" for number in range(1, 16)]
    rest += [f"/compare/{rival}" for rival in ("rival", "other", "spreadsheets")]
    rest += [f"/campaign/{number:02}" for number in range(1, 21)]
    # The kinds of page take turns, so that each has some that are read often: every 7th, then the next ones.
    spread = [page for offset in range(7) for page in rest[offset::7]]
    return (*first, *spread, "/unsubscribe")


# Eight event types with their shares of all events.
EVENT_TYPES = {
    "page_view": 0.62,
    "email_open": 0.15,
    "email_click": 0.07,
    "download": 0.05,
    "video": 0.05,
    "webinar": 0.03,
    "demo_request": 0.02,
    "meeting": 0.01,
}
