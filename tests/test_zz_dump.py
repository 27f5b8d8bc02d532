import json
import tests.test_routes as t
from tests.test_routes import *
def test_dump(site):
    rows={}; wr={}
    for route in t.ROUTES:
        cells=[]
        for role in ROLES:
            client=site.client(role, raise_request_exception=False)
            with CaptureQueriesContext(connection) as c:
                reply=client.get(site.address(route))
            cells.append(outcome(reply))
            w=sorted(set(writes(c.captured_queries)))
            if w: wr[f"{role} {route}"]=w
        rows[route]=cells
    posts={}
    for route in t.ROUTES:
        cells=[]
        for role in ("anonymous","learner"):
            client=site.client(role, raise_request_exception=False, enforce_csrf_checks=True)
            with CaptureQueriesContext(connection) as c:
                reply=client.post(site.address(route), {})
            cells.append(outcome(reply)); w=sorted(set(writes(c.captured_queries)))
            if w: wr[f"POST {role} {route}"]=w
        posts[route]=cells
    json.dump([rows,wr,posts,{r:site.address(r) for r in t.ROUTES}],open('/work/desk/webtests/dump.json','w'))
