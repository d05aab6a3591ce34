#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A small object store in memory that fails as it is told.

	faulty.py PORTFILE PLANFILE

It speaks as much of S3 (path style, keys are not checked) and of WebDAV as
mailcask asks for, and writes its port into PORTFILE once it listens.  Before
each request it reads PLANFILE: "KIND TIMES [ARGUMENT]"; the next TIMES
requests that KIND fits fail so:

	500, 503, 403, 401, 400, 409, 507	an answer of that status
	cut N		a body ends after N bytes, and so does the line
	hang-up		the line ends without any answer
	lost		what was asked for is done, then as hang-up
	half		half of what is sent is read, then as hang-up
	wrong		a bit of the answer's body is flipped
	slow S		S seconds go by first
	whole		a range is passed over
	shifted		another range is given than was asked for
	longer		more bytes are given than were asked for
	short-list	a list that ends in the middle, whole as HTTP
	endless		a list that goes on where it went on before
	foreign		a list with names that lead elsewhere
	redirect	the request shall go to another port (ARGUMENT)
	no-condition	If-None-Match is not implemented
	garbage		an answer that is none
"""
import hashlib
import os
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

port_file, plan_file = sys.argv[1:3]
files = {}
parts = {}
lock = threading.Lock()
counts = {}
PAGE = 1000

READING = ("GET",)
FITS = {
    "cut": READING, "wrong": READING, "whole": READING, "shifted": READING, "longer": READING,
    "short-list": ("LIST", "PROPFIND"), "endless": ("LIST",), "foreign": ("LIST", "PROPFIND"),
    "half": ("PUT",), "lost": ("PUT", "MOVE"), "no-condition": ("PUT", "POST"), "507": ("PUT",),
    "409": ("PUT",),
}


def plan(kind_of_request):
    """The fault that strikes this request, and its argument."""
    try:
        with open(plan_file) as f:
            text = f.read()
    except FileNotFoundError:
        return None, None
    words = text.split()
    if len(words) < 2 or int(words[1]) <= 0:
        return None, None
    kind = words[0]
    if kind_of_request not in FITS.get(kind, (kind_of_request,)):
        return None, None
    with open(plan_file + ".new", "w") as f:
        f.write(" ".join([kind, str(int(words[1]) - 1)] + words[2:]))
    os.replace(plan_file + ".new", plan_file)
    return kind, words[2] if len(words) > 2 else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code):
        self.answer(status, ("<?xml version='1.0'?><Error><Code>%s</Code><Message>as planned"
                             "</Message></Error>" % code).encode())

    def handle_all(self):
        url = urllib.parse.urlsplit(self.path)
        self.key = urllib.parse.unquote(url.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        kind = self.command
        if kind == "GET" and "list-type" in self.query:
            kind = "LIST"
        with lock:
            counts[kind] = counts.get(kind, 0) + 1
            fault, argument = plan(kind)
        length = int(self.headers.get("Content-Length") or 0)
        if fault == "half":
            self.rfile.read(length // 2)
            return self.hang_up()
        self.body = self.rfile.read(length)
        if fault == "slow":
            time.sleep(float(argument))
        elif fault == "hang-up":
            return self.hang_up()
        elif fault == "garbage":
            self.wfile.write(b"\x00\x01\x02 no HTTP at all\r\n\r\n")
            return self.hang_up()
        elif fault == "redirect":
            return self.answer(307, headers=[("Location", "http://127.0.0.1:%s/" % argument)])
        elif fault == "no-condition":
            if self.headers.get("If-None-Match"):
                return self.error(501, "NotImplemented")
        elif fault and fault.isdigit():
            return self.error(int(fault), {"403": "AccessDenied", "503": "SlowDown"}.get(
                fault, "InternalError"))
        self.fault, self.argument = fault, argument
        if fault == "lost":
            self.wfile = open(os.devnull, "wb")
        with lock:
            getattr(self, "on_" + kind)()
        if fault == "lost":
            self.hang_up()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_all
    do_PROPFIND = do_MKCOL = do_MOVE = handle_all

    # ---- Files ----

    def on_HEAD(self):
        data = files.get(self.key)
        if data is None:
            return self.answer(404)
        self.answer(200, headers=[("Accept-Ranges", "bytes")], body=data)

    def on_GET(self):
        data = files.get(self.key)
        if data is None:
            return self.error(404, "NoSuchKey")
        status, headers, body = 200, [], data
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
        if asked and self.fault != "whole":
            first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
            if first >= len(data):
                return self.error(416, "InvalidRange")
            if self.fault == "shifted":
                first += 1
            status, body = 206, data[first:last + 1]
            headers = [("Content-Range", "bytes %d-%d/%d" % (first, last, len(data)))]
            if self.fault == "longer":
                body += b"x" * (2 << 20)
        if self.fault == "wrong" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if self.fault == "cut":
            self.answer(status, body[:int(self.argument)], headers, len(body))
            return self.hang_up()
        self.answer(status, body, headers)

    def store(self, data):
        if "If-None-Match" in self.headers and self.key in files:
            return self.error(412, "PreconditionFailed")
        files[self.key] = data
        self.answer(201 if self.headers.get("x-amz-date") is None else 200,
                    headers=[("ETag", '"%s"' % hashlib.md5(data).hexdigest())])

    def on_PUT(self):
        said = self.headers.get("x-amz-content-sha256")
        if said and said != hashlib.sha256(self.body).hexdigest():
            return self.error(400, "XAmzContentSHA256Mismatch")
        if "uploadId" in self.query:
            upload = parts.get(self.query["uploadId"])
            if upload is None:
                return self.error(404, "NoSuchUpload")
            upload[int(self.query["partNumber"])] = self.body
            return self.answer(200, headers=[("ETag", '"%s"' % hashlib.md5(self.body).hexdigest())])
        if not self.headers.get("x-amz-date") and not self.has_parent():
            return self.answer(409)
        self.store(self.body)

    def on_DELETE(self):
        if "uploadId" in self.query:
            parts.pop(self.query["uploadId"], None)
            return self.answer(204)
        self.answer(204 if files.pop(self.key, None) is not None else 404)

    def on_POST(self):
        if "uploads" in self.query:
            name = "upload-%d" % (len(parts) + counts["POST"])
            parts[name] = {}
            return self.answer(200, ("<InitiateMultipartUploadResult><UploadId>%s</UploadId>"
                                     "</InitiateMultipartUploadResult>" % name).encode())
        upload = parts.pop(self.query.get("uploadId"), None)
        if upload is None:
            return self.error(404, "NoSuchUpload")
        tags = re.findall(rb"<PartNumber>(\d+)</PartNumber><ETag>([^<]*)</ETag>", self.body)
        if [int(n) for n, _ in tags] != sorted(upload):
            return self.error(400, "InvalidPart")
        self.store(b"".join(upload[n] for n in sorted(upload)))

    # ---- S3's list ----

    def on_LIST(self):
        bucket = "/" + self.key.strip("/").split("/")[0] + "/"
        prefix = self.query.get("prefix", "")
        after = self.query.get("continuation-token", "")
        names = sorted(k[len(bucket):] for k in files if k.startswith(bucket + prefix))
        if self.fault == "endless":
            after = ""
        rest = [n for n in names if n > after]
        page = rest[:min(PAGE, int(self.query.get("max-keys", PAGE)))]
        more = len(rest) > len(page) or self.fault == "endless"
        if self.fault == "foreign":
            page = page + ["../outside", "/etc/passwd", prefix + "../x", prefix + "a//b"]
        text = "<?xml version='1.0'?><ListBucketResult><IsTruncated>%s</IsTruncated>" % (
            "true" if more else "false")
        if more:
            text += "<NextContinuationToken>%s</NextContinuationToken>" % escape(
                "again" if self.fault == "endless" else page[-1])
        for name in page:
            text += "<Contents><Key>%s</Key><Size>%d</Size></Contents>" % (
                escape(name), len(files.get(bucket + name, b"")))
        text += "</ListBucketResult>"
        if self.fault == "short-list":
            text = text[:len(text) // 2]
        self.answer(200, text.encode())

    # ---- WebDAV ----

    def has_parent(self):
        parent = self.key.rstrip("/").rsplit("/", 1)[0] + "/"
        return parent == "/" or parent in files

    def on_MKCOL(self):
        key = self.key.rstrip("/") + "/"
        if key in files:
            return self.answer(405)
        if not self.has_parent():
            return self.answer(409)
        files[key] = b""
        self.answer(201)

    def on_MOVE(self):
        to = urllib.parse.unquote(urllib.parse.urlsplit(self.headers["Destination"]).path)
        if self.key not in files:
            return self.answer(404)
        if to in files and self.headers.get("Overwrite") == "F":
            return self.answer(412)
        if to.rsplit("/", 1)[0] + "/" not in files:
            return self.answer(409)
        files[to] = files.pop(self.key)
        self.answer(201)

    def on_PROPFIND(self):
        key = self.key.rstrip("/") + "/"
        if self.key in files and not self.key.endswith("/"):
            found = [self.key]
        elif key in files or key == "/":
            found = [key] + sorted(k for k in files if k.startswith(key) and k != key and
                                   "/" not in k[len(key):].rstrip("/"))
        else:
            return self.answer(404)
        text = "<?xml version='1.0'?><D:multistatus xmlns:D='DAV:'>"
        if self.fault == "foreign":
            text += "".join("<D:response><D:href>%s</D:href><D:propstat><D:prop><D:resourcetype/>"
                            "<D:getcontentlength>1</D:getcontentlength></D:prop></D:propstat>"
                            "</D:response>" % n for n in (
                                "http://elsewhere.example.org/x", "/other/x", key + "../x",
                                key + "%2e%2e", key + "a%2Fb"))
        for name in found:
            text += "<D:response><D:href>%s</D:href><D:propstat><D:prop>" % (
                urllib.parse.quote(name))
            if name.endswith("/"):
                text += "<D:resourcetype><D:collection/></D:resourcetype>"
            else:
                text += "<D:resourcetype/><D:getcontentlength>%d</D:getcontentlength>" % (
                    len(files[name]))
            text += "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        text += "</D:multistatus>"
        if self.fault == "short-list":
            text = text[:len(text) * 2 // 3]
        self.answer(207, text.encode(), [("Content-Type", "application/xml")])


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Lines that end early are what this is for."""


server = Server(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(port_file + ".new", "w") as f:
    f.write("%d\n" % server.server_address[1])
os.replace(port_file + ".new", port_file)
server.serve_forever()
