/**
 * Tables of the demo's four databases: mixed-case names as a repository has them, umlauts and Japanese in the text,
 * large objects, a few MB each. `gen_random_uuid()` is in PostgreSQL itself from version 13 on; for 12 a function of
 * that name is made first.
 */
const UUIDS = `DO $$ BEGIN
  IF current_setting('server_version_num')::int < 130000 THEN
    EXECUTE 'CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS
      ''SELECT md5(random()::text || clock_timestamp()::text)::uuid''';
  END IF;
END $$`;

/** Text of about 60 characters a repetition that does not compress away to nothing. */
const FILLER = (rows: string) =>
  `md5(${rows}::text) || ' Größe, Übersicht, 売上 ' || md5((${rows} * 7)::text)`;

/** QSR: what the Repository Service keeps. */
export const REPOSITORY: readonly string[] = [
  UUIDS,
  `CREATE TABLE "ServerNodeConfigurations" ("ID" uuid PRIMARY KEY, "Name" text NOT NULL, "HostName" text NOT NULL,
     "IsCentral" boolean NOT NULL, "FailoverCandidate" boolean NOT NULL, "NodePurpose" int NOT NULL,
     "EngineEnabled" boolean NOT NULL, "ProxyEnabled" boolean NOT NULL, "SchedulerEnabled" boolean NOT NULL,
     "PrintingEnabled" boolean NOT NULL)`,
  `CREATE TABLE "ServiceClusterSettingsSharedPersistenceProperties" ("ID" uuid PRIMARY KEY, "RootFolder" text,
     "AppFolder" text, "StaticContentRootFolder" text, "Connector32RootFolder" text, "Connector64RootFolder" text,
     "ArchivedLogsRootFolder" text, "DatabaseHost" text, "DatabasePort" int, "FailoverTimeout" int)`,
  `CREATE TABLE "Users" ("ID" uuid PRIMARY KEY, "UserId" text NOT NULL, "UserDirectory" text NOT NULL, "Name" text,
     "Inactive" boolean NOT NULL DEFAULT false, "RolesString" text, UNIQUE ("UserDirectory", "UserId"))`,
  `INSERT INTO "Users" SELECT gen_random_uuid(), 'user' || n, 'DOMÄNE', 'Jörg Müller ' || n, n % 17 = 0,
     CASE WHEN n <= 2 THEN 'RootAdmin' WHEN n <= 5 THEN 'ContentAdmin, AuditAdmin' END FROM generate_series(1, 2000) n`,
  `CREATE TABLE "Licenses" ("ID" uuid PRIMARY KEY, "Name" text, "Organization" text, "Product" text, "Serial" text,
     "IsExpired" boolean NOT NULL, "IsInvalid" boolean NOT NULL, "IsSubscription" boolean NOT NULL, "KeyDetails" text)`,
  `INSERT INTO "Licenses" VALUES (gen_random_uuid(), 'Simulated license', 'Demo', 'Simulated, no real product', '0000',
     false, false, true, 'Simulated. Valid To: 2099-12-31 12:00:00 AM')`,
  `CREATE TABLE "LicenseProfessionalAccessTypes" ("ID" uuid PRIMARY KEY, "User_ID" uuid REFERENCES "Users" ("ID"))`,
  `INSERT INTO "LicenseProfessionalAccessTypes" SELECT gen_random_uuid(), "ID" FROM "Users" ORDER BY "UserId" LIMIT 20`,
  `CREATE TABLE "LicenseAnalyzerAccessTypes" ("ID" uuid PRIMARY KEY, "User_ID" uuid REFERENCES "Users" ("ID"))`,
  `INSERT INTO "LicenseAnalyzerAccessTypes" SELECT gen_random_uuid(), "ID" FROM "Users" ORDER BY "UserId" DESC LIMIT 200`,
  `CREATE TABLE "Streams" ("ID" uuid PRIMARY KEY, "Name" text NOT NULL, "Owner_ID" uuid REFERENCES "Users" ("ID"))`,
  `INSERT INTO "Streams" SELECT gen_random_uuid(), s, (SELECT "ID" FROM "Users" ORDER BY "UserId" LIMIT 1)
     FROM unnest(ARRAY['Everyone', 'Monitoring apps', 'Vertrieb Süd', '経営']) s`,
  `CREATE TABLE "Apps" ("ID" uuid PRIMARY KEY, "Name" text NOT NULL, "Description" text, "FileSize" bigint,
     "LastReloadTime" timestamptz, "Stream_ID" uuid REFERENCES "Streams" ("ID"), "Thumbnail" bytea)`,
  `INSERT INTO "Apps" SELECT gen_random_uuid(), 'Umsatz ' || n, ${FILLER('n')}, n * 1024,
     timestamptz '2026-01-01 00:00+00' + n * interval '1 hour', (SELECT "ID" FROM "Streams" ORDER BY "Name" LIMIT 1),
     decode(md5(n::text), 'hex') FROM generate_series(1, 600) n`,
  `CREATE TABLE "AppObjects" ("ID" uuid PRIMARY KEY, "App_ID" uuid REFERENCES "Apps" ("ID"), "ObjectType" text,
     "Name" text, "Attributes" text)`,
  `INSERT INTO "AppObjects" SELECT gen_random_uuid(), a."ID", 'sheet', a."Name" || ' / Blatt ' || n, ${FILLER('n')}
     FROM "Apps" a CROSS JOIN generate_series(1, 20) n`,
  `CREATE INDEX "IX_AppObjects_App" ON "AppObjects" ("App_ID")`,
  `CREATE TABLE "DataConnections" ("ID" uuid PRIMARY KEY, "Name" text, "Connectionstring" text, "Password" bytea)`,
  `INSERT INTO "DataConnections" SELECT gen_random_uuid(), 'Lager ' || n, 'lib://Verkäufe ' || n,
     decode(md5('secret' || n), 'hex') FROM generate_series(1, 40) n`,
  `CREATE TABLE "ReloadTaskOperationals" ("ID" uuid PRIMARY KEY, "LastExecutionResult_ID" uuid, "NextExecution" timestamp)`,
  `INSERT INTO "ReloadTaskOperationals" SELECT gen_random_uuid(), NULL, timestamp '2026-02-01 00:00' + n * interval '1 day'
     FROM generate_series(1, 40) n`,
  `CREATE TABLE "ReloadTasks" ("ID" uuid PRIMARY KEY, "Name" text NOT NULL, "Enabled" boolean NOT NULL,
     "App_ID" uuid REFERENCES "Apps" ("ID"), "Operational_ID" uuid REFERENCES "ReloadTaskOperationals" ("ID"))`,
  `INSERT INTO "ReloadTasks" SELECT gen_random_uuid(), 'Reload ' || o.n || ' Übersicht', o.n % 10 <> 0, a."ID", o."ID"
     FROM (SELECT "ID", row_number() OVER (ORDER BY "NextExecution") n FROM "ReloadTaskOperationals") o
     JOIN (SELECT "ID", row_number() OVER (ORDER BY "Name") n FROM "Apps") a ON a.n = o.n`,
  `CREATE TABLE "ExecutionResults" ("ID" uuid PRIMARY KEY, "TaskID" uuid, "ExecutionID" uuid, "AppID" uuid, "Status" int,
     "StartTime" timestamp, "StopTime" timestamp, "Duration" int, "ExecutingNodeName" text, "Details" jsonb)`,
  `INSERT INTO "ExecutionResults" SELECT gen_random_uuid(), t."ID", gen_random_uuid(), t."App_ID", 7, s.at,
       s.at + interval '1 minute', 60000, 'QS1', jsonb_build_object('text', ${FILLER('n')})
     FROM "ReloadTasks" t CROSS JOIN generate_series(1, 100) n,
       LATERAL (SELECT timestamp '2026-02-01 00:00' + n * interval '5 minutes' AS at) s`,
  `CREATE TABLE "SystemRules" ("ID" uuid PRIMARY KEY, "Name" text, "Rule" text)`,
  `INSERT INTO "SystemRules" SELECT gen_random_uuid(), 'Regel ' || n, 'user.name = "Jörg ' || n || '"'
     FROM generate_series(1, 90) n`,
  `CREATE TABLE "_deletedentitylog" ("ID" bigserial PRIMARY KEY, "EntityId" uuid, "DeletedAt" timestamptz)`,
  `INSERT INTO "_deletedentitylog" ("EntityId", "DeletedAt")
     SELECT gen_random_uuid(), timestamptz '2026-03-01 00:00+00' + n * interval '1 minute' FROM generate_series(1, 9000) n`,
  `CREATE TABLE "__MigrationHistory" ("MigrationId" text PRIMARY KEY, "ProductVersion" text)`,
  `INSERT INTO "__MigrationHistory" VALUES ('202505010000000_May2025', '6.4.4')`,
  `SELECT lo_from_bytea(0, decode(repeat(md5(n::text), 4000), 'hex')) FROM generate_series(1, 24) n`,
];

/** SenseServices: one schema a service. */
export const SERVICES: readonly string[] = [
  UUIDS,
  `CREATE SCHEMA "app_distribution"`,
  `CREATE TABLE "app_distribution"."Deployments" ("Id" uuid PRIMARY KEY, "Name" text, "Payload" jsonb)`,
  `INSERT INTO "app_distribution"."Deployments" SELECT gen_random_uuid(), 'Verteilung ' || n,
     jsonb_build_object('note', ${FILLER('n')}, 'items', to_jsonb(ARRAY[n, n * 2, n * 3]))
     FROM generate_series(1, 9000) n`,
  `CREATE SCHEMA "hybrid_setup"`,
  `CREATE TABLE "hybrid_setup"."Settings" ("Key" text PRIMARY KEY, "Value" text)`,
  `INSERT INTO "hybrid_setup"."Settings" VALUES ('Région', 'Île-de-France'), ('empty', ''), ('nothing', NULL)`,
];

/** QSMQ: the message queue. */
export const MESSAGE_QUEUE: readonly string[] = [
  `CREATE TABLE "Messages" ("Id" bigserial PRIMARY KEY, "Topic" text NOT NULL, "Body" bytea, "SentAt" timestamptz)`,
  `INSERT INTO "Messages" ("Topic", "Body", "SentAt")
     SELECT 'Änderung/' || n % 9, decode(repeat(md5(n::text), 8), 'hex'), timestamptz '2026-04-01 00:00+00' + n * interval '1 second'
     FROM generate_series(1, 12000) n`,
  `CREATE TABLE "Subscriptions" ("Topic" text PRIMARY KEY, "LastId" bigint)`,
];

/** Licenses: what the license service keeps. */
export const LICENSES: readonly string[] = [
  UUIDS,
  `CREATE TABLE "Assignments" ("Id" uuid PRIMARY KEY, "Subject" text NOT NULL, "Type" text NOT NULL, "Note" text)`,
  `INSERT INTO "Assignments" SELECT gen_random_uuid(), 'DOMÄNE\\user' || n,
     CASE n % 3 WHEN 0 THEN 'professional' ELSE 'analyzer' END, ${FILLER('n')} FROM generate_series(1, 12000) n`,
  `CREATE TABLE "LicenseKeys" ("Id" uuid PRIMARY KEY, "Definition" text)`,
  `INSERT INTO "LicenseKeys" VALUES (gen_random_uuid(), 'signed key of the demo, not a real one')`,
];
