"""A stand-in of the Hugging Face Hub on the loopback: what `huggingface_hub` asks of it to read and write a repository.

Status codes, headers and error codes are those of the Hub's API.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

TOKEN = "hf_writes"
LICENSES = {"mit", "apache-2.0", "cc-by-4.0"}


@dataclass
class Repository:
    """Commits by their revisions, each with its files; `main` and the name of every commit are revisions."""

    private: bool = False
    gated: bool = False
    revisions: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {}})
    head: str = "0" * 40

    def commit(self, files: dict[str, bytes]) -> str:
        content = repr(sorted(files.items())).encode()
        self.head = hashlib.sha1(content).hexdigest()
        self.revisions["main"] = self.revisions[self.head] = files
        return self.head


@dataclass
class Hub:
    """The stand-in.

    Attributes:
        url: its address, for HF_ENDPOINT.
        repositories: by `owner/name`.
        requests: method and path of each request for a repository so far.
        sizes: sizes that are claimed in place of the true ones, by file name.
    """

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)


@contextmanager
def hub_stand_in() -> Iterator[Hub]:
    """Run the stand-in for as long as the block runs."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self._file()

    def do_GET(self):
        self._file()

    def _file(self):
        # Once a day, the library fetches a list that has nothing to do with any repository.
        if not self.path.startswith("/api/agent-harnesses"):
            self.hub.requests.append((self.command, self.path))
        asked = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
        if not asked:
            return self._refuse(404, "")
        name, revision, file = asked.groups()
        repository = self.hub.repositories.get(name)
        if repository is None or (repository.private and not self._is_writer()):
            return self._refuse(401 if not self._is_writer() else 404, "RepoNotFound")
        if repository.gated:
            return self._refuse(403, "GatedRepo")
        files = repository.revisions.get(revision.replace("%2F", "/"))
        if files is None:
            return self._refuse(404, "RevisionNotFound")
        if file not in files:
            return self._refuse(404, "EntryNotFound", {"X-Repo-Commit": repository.head})
        content = files[file]
        commit = next(key for key, value in repository.revisions.items() if value is files and key != "main")
        self._answer(
            200,
            content,
            {
                "ETag": f'"{hashlib.sha1(content).hexdigest()}"',
                "X-Repo-Commit": commit,
                "Content-Length": self.hub.sizes.get(file, len(content)),
            },
        )

    def do_POST(self):
        self.hub.requests.append(("POST", self.path))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/validate-yaml":
            return self._validate(json.loads(body)["content"])
        if not self._is_writer():
            return self._refuse(401 if "Authorization" not in self.headers else 403, "")
        if self.path == "/api/repos/create":
            return self._create(json.loads(body))
        asked = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(preupload|commit)/main", self.path)
        if not asked or asked[1] not in self.hub.repositories:
            return self._refuse(404, "RepoNotFound")
        if asked[2] == "preupload":
            paths = [file["path"] for file in json.loads(body)["files"]]
            modes = [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]
            return self._answer(200, json.dumps({"files": modes}).encode())
        return self._commit(asked[1], [json.loads(line) for line in body.decode().splitlines()])

    def _create(self, asked):
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        there = name in self.hub.repositories
        if not there:
            private = asked.get("private") or asked.get("visibility") == "private"
            self.hub.repositories[name] = Repository(private=bool(private))
        url = json.dumps({"url": f"{self.hub.url}/{name}", "name": name}).encode()
        self._answer(409 if there else 200, url)

    def _validate(self, text):
        header = yaml.safe_load(text.split("---\n")[1])
        if header.get("license") in LICENSES:
            return self._answer(200, b"{}")
        errors = {"errors": [{"message": '"license" must be one of the known ones'}], "error": "Invalid metadata"}
        self._answer(400, json.dumps(errors).encode())

    def _commit(self, name, lines):
        repository = self.hub.repositories[name]
        files = dict(repository.revisions["main"])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        commit = repository.commit(files)
        url = f"{self.hub.url}/{name}/commit/{commit}"
        self._answer(200, json.dumps({"commitUrl": url, "commitOid": commit, "success": True}).encode())

    def _is_writer(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _refuse(self, status, code, headers=()):
        message = {"RepoNotFound": "Repository not found", "": "no"}.get(code, code)
        more = {"X-Error-Code": code, "X-Error-Message": message} if code else {}
        self._answer(status, json.dumps({"error": message}).encode(), more | dict(headers))

    def _answer(self, status, content, headers=()):
        self.send_response(status)
        for key, value in (
            {"Content-Type": "application/json", "Content-Length": len(content)} | dict(headers)
        ).items():
            self.send_header(key, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
