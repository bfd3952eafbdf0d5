"""A disk for the Kafka broker of the tests: as much of Amazon's S3 as it asks for, in memory. What a broker
has acknowledged outlives it, so that a test may kill it and start another one on the same bucket.

Usage: python kafka_disk.py

Prints its port as the one line on standard output, and serves until it is ended. A bucket is there once
something is in it.
"""

import bisect
import hashlib
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

# The head of a record batch, as Kafka's protocol describes it.
BATCH = struct.Struct(">qiibIhiqqqhii")


class Bucket:
    def __init__(self):
        self.objects = {}  # key -> (bytes, ETag)
        self.keys = []  # sorted
        self.lock = threading.RLock()

    def get(self, key):
        with self.lock:
            return self.objects.get(key)

    def put(self, key, data):
        etag = '"%s"' % hashlib.md5(data).hexdigest()
        with self.lock:
            if key not in self.objects:
                bisect.insort(self.keys, key)
            self.objects[key] = (data, etag)
        return etag

    def delete(self, key):
        with self.lock:
            if self.objects.pop(key, None):
                self.keys.remove(key)

    def below(self, prefix):
        with self.lock:
            begin = bisect.bisect_left(self.keys, prefix)
            end = bisect.bisect_left(self.keys, prefix + "\U0010ffff")
            return [(key, *self.objects[key]) for key in self.keys[begin:end]]

    def recover(self):
        """What Kafka's own broker does when it starts after a crash: it learns from its log which batches of
        each producer it has. The tests' broker notes a batch's sequence number before it writes the batch; killed in
        between it would take the repeated batch for a duplicate, and lose it."""
        with self.lock:
            for path in [key for key in self.keys if key.endswith("/meta.json")]:
                meta = json.loads(self.objects[path][0])
                for producer, about in meta.get("producers", {}).items():
                    for epoch, topics in about["sequences"].items():
                        for topic, partitions in topics.items():
                            for partition in partitions:
                                folder = path.removesuffix("meta.json") + (
                                    f"topics/{topic}/partitions/{int(partition):010}/records/"
                                )
                                partitions[partition] = self.sequence(folder, int(producer), int(epoch))
                self.put(path, json.dumps(meta).encode())

    def sequence(self, folder, producer, epoch):
        """The number that follows a producer's last record in a partition."""
        following = 0
        for _, data, _ in self.below(folder):
            head = BATCH.unpack_from(data)
            if head[9:11] == (producer, epoch):
                following = max(following, head[11] + head[6] + 1)
        return following


buckets = {}
buckets_lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet for an answer; two would wait for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self, status, body=b"", etag=None):
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        self.send_header("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def fail(self, status, code):
        self.answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def where(self):
        parts = urlsplit(self.path)
        name, _, key = unquote(parts.path).lstrip("/").partition("/")
        with buckets_lock:
            bucket = buckets.setdefault(name, Bucket())
        return bucket, key, parse_qs(parts.query, keep_blank_values=True)

    def do_PUT(self):
        bucket, key, query = self.where()
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if query or not key or "Content-Encoding" in self.headers:
            return self.fail(501, "NotImplemented")
        with bucket.lock:
            old = bucket.get(key)
            wanted = self.headers.get("If-Match")
            if (old and self.headers.get("If-None-Match")) or (wanted and (not old or old[1] != wanted)):
                return self.fail(412, "PreconditionFailed")
            etag = bucket.put(key, data)
        return self.answer(200, etag=etag)

    def do_GET(self):
        bucket, key, query = self.where()
        if not key and "list-type" in query:
            return self.list(bucket, query)
        if query or "Range" in self.headers:
            return self.fail(501, "NotImplemented")
        found = bucket.get(key)
        if not found:
            return self.fail(404, "NoSuchKey")
        data, etag = found
        if self.headers.get("If-None-Match") == etag:
            return self.answer(304, etag=etag)
        return self.answer(200, data, etag)

    do_HEAD = do_GET

    def do_DELETE(self):
        bucket, key, _ = self.where()
        bucket.delete(key)
        self.answer(204)

    def list(self, bucket, query):
        asked = {name: values[0] for name, values in query.items()}
        prefix, after, delimiter = (asked.get(name, "") for name in ("prefix", "start-after", "delimiter"))
        # A broker looks at the whole once: when it starts.
        if not prefix:
            bucket.recover()
        contents, folders = [], {}
        for key, data, etag in bucket.below(prefix):
            if key <= after:
                continue
            folder, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if found:
                folders[prefix + folder + delimiter] = True
            else:
                contents.append(
                    f"<Contents><Key>{escape(key)}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified>"
                    f"<ETag>{escape(etag)}</ETag><Size>{len(data)}</Size></Contents>"
                )
        common = (f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        self.answer(
            200,
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(contents)}{''.join(common)}"
            "</ListBucketResult>".encode(),
        )

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
