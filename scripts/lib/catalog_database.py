"""Operator catalogs as SQLite databases, as they were before file-based catalogs.

Source: operator-registry, pkg/sqlite/migrations, 000 to 012.
"""

import json
import sqlite3

MIGRATION = 12
TABLES = """
CREATE TABLE schema_migrations (version bigint NOT NULL, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE operatorbundle (name TEXT PRIMARY KEY, csv TEXT, bundle TEXT, bundlepath TEXT, skiprange TEXT, version TEXT,
  replaces TEXT, skips TEXT, substitutesfor TEXT);
CREATE TABLE package (name TEXT PRIMARY KEY, default_channel TEXT);
CREATE TABLE channel (name TEXT, package_name TEXT, head_operatorbundle_name TEXT, PRIMARY KEY(name, package_name));
CREATE TABLE channel_entry (entry_id INTEGER PRIMARY KEY, channel_name TEXT, package_name TEXT, operatorbundle_name TEXT,
  replaces INTEGER, depth INTEGER);
CREATE TABLE related_image (image TEXT, operatorbundle_name TEXT);
CREATE TABLE api (group_name TEXT, version TEXT, kind TEXT, plural TEXT NOT NULL, PRIMARY KEY(group_name, version, kind));
CREATE TABLE api_provider (group_name TEXT, version TEXT, kind TEXT, operatorbundle_name TEXT,
  operatorbundle_version TEXT, operatorbundle_path TEXT);
CREATE TABLE api_requirer (group_name TEXT, version TEXT, kind TEXT, operatorbundle_name TEXT,
  operatorbundle_version TEXT, operatorbundle_path TEXT);
CREATE TABLE dependencies (type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT,
  operatorbundle_path TEXT);
CREATE TABLE properties (type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT,
  operatorbundle_path TEXT);
CREATE TABLE deprecated (operatorbundle_name TEXT PRIMARY KEY);
"""


def write(path, documents, migration=MIGRATION):
    """Stores the packages, channels and bundles of file-based documents."""
    database = sqlite3.connect(path)
    database.executescript(TABLES)
    database.execute("INSERT INTO schema_migrations (version, timestamp) VALUES (?, '2024-01-01')", [migration])
    of_schema = {}
    for document in documents:
        of_schema.setdefault(document["schema"], []).append(document)
    edges = {}
    for package in of_schema["olm.package"]:
        database.execute("INSERT INTO package VALUES (?, ?)", [package["name"], package["defaultChannel"]])
    for channel in of_schema["olm.channel"]:
        edges.update((entry["name"], entry) for entry in channel["entries"])
        add_channel(database, channel)
    for bundle in of_schema["olm.bundle"]:
        add_bundle(database, bundle, edges[bundle["name"]])
    database.commit()
    database.close()


def add_channel(database, channel):
    entries = {entry["name"]: entry for entry in channel["entries"]}
    passed = {name for entry in entries.values() for name in (entry.get("replaces"), *entry.get("skips", ()))}
    name = next(name for name in entries if name not in passed)
    database.execute("INSERT INTO channel VALUES (?, ?, ?)", [channel["name"], channel["package"], name])

    def add(name, depth, replaces=None):
        return database.execute(
            "INSERT INTO channel_entry (channel_name, package_name, operatorbundle_name, depth, replaces) "
            "VALUES (?, ?, ?, ?, ?)", [channel["name"], channel["package"], name, depth, replaces]).lastrowid

    depth, above = 0, None
    while name:
        row = add(name, depth)
        if above:
            database.execute("UPDATE channel_entry SET replaces = ? WHERE entry_id = ?", [row, above])
        for skipped in entries.get(name, {}).get("skips", ()):
            add(name, depth + 1, add(skipped, depth + 1))
        depth, above, name = depth + 2, row, entries.get(name, {}).get("replaces")


def add_bundle(database, bundle, entry):
    version = next(each["value"]["version"] for each in bundle["properties"] if each["type"] == "olm.package")
    database.execute("INSERT INTO operatorbundle VALUES (?, NULL, NULL, ?, ?, ?, ?, ?, NULL)", [
        bundle["name"], bundle["image"], entry.get("skipRange"), version, entry.get("replaces"),
        ",".join(entry.get("skips", ()))])
    for image in {image["image"] for image in bundle["relatedImages"]}:
        database.execute("INSERT INTO related_image VALUES (?, ?)", [image, bundle["name"]])
    for each in bundle["properties"]:
        database.execute("INSERT INTO properties VALUES (?, ?, ?, ?, ?)", [
            each["type"], json.dumps(each["value"]), bundle["name"], version, bundle["image"]])
