"""LLM pick: against a real server on this machine, in each way it can answer or fail."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotReady
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.cold import chat
from asknext.testing import strategies as conformance

WHOLE = {conformance.check_order, conformance.check_shuffled}


class Endpoint:
    """Serve chat completions; `say` turns the question into (status, words)."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.keys: list[str | None] = []
        self.say = None
        self.free = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.asked.append({"path": self.path, **body})
                owner.keys.append(self.headers["Authorization"])
                status, words = owner.say(body)
                reply = {"choices": [{"message": {"role": "assistant", "content": words}}]}
                wrapped = status == 200 and not words.startswith("<")
                data = (json.dumps(reply) if wrapped else words).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def made(self, **more):
        settings = {"endpoint": self.url, "model": "tiny", "retries": 0, **more}
        return build(f"llm_pick({', '.join(f'{k}={v!r}' for k, v in settings.items())})")


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setattr(chat, "PAUSE", 0.001)
    made = Endpoint()
    yield made
    made.free.set()
    made.server.shutdown()
    made.server.server_close()


def texts_of(question):
    """Return the numbered texts that a question shows."""
    lines = question["messages"][1]["content"].splitlines()
    return {int(a): b for a, _, b in (x.partition(". ") for x in lines) if a.isdigit()}


def longest(question):
    """Choose the longest texts, as a model that can count would."""
    texts = texts_of(question)
    order = sorted(texts, key=lambda number: (-len(texts[number]), texts[number]))
    picks = [{"number": number, "reason": f"{len(texts[number])} letters"} for number in order]
    return json.dumps({"picks": picks})


def view_of(n=30, **more):
    texts = np.array([f"text {'x' * i}" for i in range(n)], object)
    return View([f"id-{i}" for i in range(n)], arrays={"texts": texts}, **more)


def test_what_the_model_chooses_is_asked_in_its_order(endpoint):
    endpoint.say = lambda question: (200, longest(question))
    picks = endpoint.made().select(view_of(classes=("退款", "billing")), 3, generator(0))
    assert picks.ids == ["id-29", "id-28", "id-27"]
    assert [pick.score for pick in picks] == [0.0, -1.0, -2.0]
    assert picks.picks[0].reason == "a language model chose it: 34 letters"
    (question,) = endpoint.asked
    assert question["path"] == "/v1/chat/completions"
    assert (question["model"], question["temperature"]) == ("tiny", 0)
    assert "The labels: 退款, billing" in question["messages"][1]["content"]
    assert endpoint.keys == [None]


def test_only_the_shortlist_is_sent_cut_short(endpoint):
    endpoint.say = lambda question: (200, longest(question))
    texts = np.array([f"{i} " + "长" * 2000 for i in range(500)], object)
    picks = endpoint.made(shortlist=7).select(
        View(range(500), arrays={"texts": texts}), 2, generator(0)
    )
    sent = texts_of(endpoint.asked[0])
    assert len(sent) == 7
    assert {len(text) for text in sent.values()} == {600}
    assert {str(row) for row in picks.ids} <= {text.split()[0] for text in sent.values()}


def test_the_shortlist_has_one_text_of_each_cluster(endpoint, make_groups):
    endpoint.say = lambda question: (200, longest(question))
    vectors, group = make_groups([40] * 10 + [3] * 10)
    texts = np.array([f"{g} {'x' * i}" for i, g in enumerate(group)], object)
    view = View(range(len(group)), arrays={"texts": texts, "embedding": vectors})
    endpoint.made(shortlist=20).select(view, 5, generator(0))
    sent = texts_of(endpoint.asked[0]).values()
    assert sorted(int(text.split()[0]) for text in sent) == list(range(20))


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "Sure!\n```\n{}\n```\nGood luck."])
def test_fences_and_words_around_the_json_do_no_harm(endpoint, fence):
    endpoint.say = lambda question: (200, fence.replace("{}", longest(question)))
    assert endpoint.made().select(view_of(), 2, generator(0)).ids == ["id-29", "id-28"]
    assert len(endpoint.asked) == 1


BAD = {
    "not JSON": "I like the third one.",
    "no list": '{"answer": 3}',
    "an unknown number": '{"picks": [{"number": 1}, {"number": 31}]}',
    "a word for a number": '{"picks": [{"number": "two"}, {"number": 1}]}',
    "too few": '{"picks": [{"number": 4}, {"number": 4}]}',
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_a_reply_that_cannot_be_read_is_asked_again_once_and_then_shown(endpoint, words):
    endpoint.say = lambda question: (200, words)
    with pytest.raises(NotReady, match=r"tiny at .* was asked twice") as caught:
        endpoint.made().select(view_of(), 2, generator(0))
    assert repr(words) in str(caught.value)
    assert len(endpoint.asked) == 2


def test_the_second_reply_counts_where_the_first_cannot_be_read(endpoint):
    endpoint.say = lambda question: (
        200,
        longest(question) if len(question["messages"]) == 4 else "hm",
    )
    assert endpoint.made().select(view_of(), 1, generator(0)).ids == ["id-29"]
    again = endpoint.asked[1]["messages"]
    assert again[2] == {"role": "assistant", "content": "hm"}
    assert "not JSON" in again[3]["content"]


def test_a_slow_endpoint_is_given_up(endpoint):
    def wait(question):
        endpoint.free.wait(5)
        return 200, "{}"

    endpoint.say = wait
    with pytest.raises(NotReady, match=r"did not answer in 2 tries, the last: no answer within"):
        endpoint.made(timeout=0.1, retries=1).select(view_of(), 1, generator(0))
    assert len(endpoint.asked) == 2


def test_a_busy_endpoint_is_asked_again(endpoint):
    endpoint.say = lambda question: (
        (503, "busy") if len(endpoint.asked) < 3 else (200, longest(question))
    )
    assert endpoint.made(retries=2).select(view_of(), 1, generator(0)).ids == ["id-29"]
    endpoint.asked.clear()
    with pytest.raises(NotReady, match="HTTP 503: 'busy'"):
        endpoint.made(retries=1).select(view_of(), 1, generator(0))


def test_a_refusal_is_an_error_at_once_and_names_the_key(endpoint, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "secret-123")
    endpoint.say = lambda question: (401, "who are you?")
    with pytest.raises(InvalidInput, match=r"HTTP 401: 'who are you\?'.*SOME_KEY") as caught:
        endpoint.made(key_from="SOME_KEY", retries=3).select(view_of(), 1, generator(0))
    assert endpoint.keys == ["Bearer secret-123"]
    assert "secret-123" not in str(caught.value)


def test_a_key_that_is_not_set_sends_nothing(endpoint, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(InvalidInput, match="'SOME_KEY', which is to hold the key"):
        endpoint.made(key_from="SOME_KEY").select(view_of(), 1, generator(0))
    assert endpoint.asked == []


def test_what_answers_otherwise_than_a_chat_is_shown(endpoint):
    endpoint.say = lambda question: (200, "<html>welcome</html>")
    with pytest.raises(NotReady, match="not answer like a chat endpoint; it said: '<html>welcome"):
        endpoint.made().select(view_of(), 1, generator(0))


def test_where_nobody_listens_it_says_so():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, never listening
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        strategy = build(f'llm_pick(endpoint="{url}", model="m", retries=0)')
        with pytest.raises(NotReady, match=r"did not answer in 1 tries, the last: .*refused"):
            strategy.select(view_of(), 1, generator(0))


def test_settings_in_quotes_keep_their_hyphens():
    strategy = build('llm-pick(endpoint="https://a-b.example/v1", model="small-instruct")')
    assert (strategy.chat.endpoint, strategy.chat.model) == (
        "https://a-b.example/v1",
        "small-instruct",
    )


@pytest.mark.parametrize("spec", ["llm_pick", 'llm_pick(endpoint="example.org", model="m")'])
def test_without_an_endpoint_it_says_what_to_write(spec):
    with pytest.raises(InvalidInput, match=r'write llm_pick\(endpoint="http://'):
        build(spec)


@pytest.mark.parametrize(
    "check",
    [check for check in conformance.CHECKS if check not in WHOLE],
    ids=lambda check: check.__name__,
)
def test_it_conforms(endpoint, check):
    endpoint.say = lambda question: (200, longest(question))
    strategy = endpoint.made()
    check(strategy, strategy.needs)
