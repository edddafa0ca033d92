using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerBuild.Formats.Osv;

/// <summary>An OSV record that is put together by hand.</summary>
internal sealed class AdvisoryExample
{
    private readonly JsonObject _record;
    private JsonObject? _affected;

    public AdvisoryExample(string id, string modified = "2025-01-10T00:00:00Z") =>
        _record = new JsonObject { ["schema_version"] = "1.6.0", ["id"] = id, ["modified"] = modified, ["affected"] = new JsonArray() };

    public byte[] Bytes => Encoding.UTF8.GetBytes(ToString());

    /// <summary>The package that ranges, versions and severities that follow are about.</summary>
    public AdvisoryExample Of(string name, string ecosystem = "PyPI")
    {
        _affected = new JsonObject { ["package"] = new JsonObject { ["ecosystem"] = ecosystem, ["name"] = name }, ["ranges"] = new JsonArray() };
        _record["affected"]!.AsArray().Add(_affected);
        return this;
    }

    /// <param name="events"><c>introduced 0</c>, <c>fixed 2.0</c>, <c>last_affected 1.9</c>, <c>limit 3</c>.</param>
    public AdvisoryExample Range(params string[] events) => TypedRange(_affected!["package"]!["ecosystem"]!.GetValue<string>() == "npm" ? "SEMVER" : "ECOSYSTEM", events);

    public AdvisoryExample TypedRange(string type, params string[] events)
    {
        _affected!["ranges"]!.AsArray().Add(new JsonObject
        {
            ["type"] = type,
            ["events"] = new JsonArray([.. events.Select(e => new JsonObject { [e.Split(' ')[0]] = e.Split(' ')[1] })]),
        });
        return this;
    }

    public AdvisoryExample Versions(params string[] versions)
    {
        _affected!["versions"] = new JsonArray([.. versions.Select(v => JsonValue.Create(v))]);
        return this;
    }

    public AdvisoryExample Aliases(params string[] aliases) => With("aliases", new JsonArray([.. aliases.Select(a => JsonValue.Create(a))]));

    public AdvisoryExample Summary(string summary) => With("summary", summary);

    public AdvisoryExample Vector(params string[] vectors) => With("severity", Severity(vectors));

    public AdvisoryExample VectorOfPackage(params string[] vectors)
    {
        _affected!["severity"] = Severity(vectors);
        return this;
    }

    public AdvisoryExample Word(string word) => With("database_specific", new JsonObject { ["severity"] = word, ["cwe_ids"] = new JsonArray("CWE-79", "CWE-522") });

    public AdvisoryExample With(string field, JsonNode? value)
    {
        _record[field] = value;
        return this;
    }

    public OsvRecord Read() => OsvReader.Read(Bytes);

    public override string ToString() => _record.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    /// <summary>A database that holds these records, each as a file of its own.</summary>
    public static OsvDatabase Database(TemporaryDirectory folder, params AdvisoryExample[] records)
    {
        foreach (AdvisoryExample record in records)
        {
            folder.Write($"advisories/{record._record["id"]}.json", record.ToString());
        }

        return OsvDatabase.Open([folder["advisories"]], null, CancellationToken.None);
    }

    /// <summary>A zip that holds these records, as an export does.</summary>
    public static string Zip(TemporaryDirectory folder, string name, params AdvisoryExample[] records)
    {
        var zip = new ZipBuilder();
        foreach (AdvisoryExample record in records)
        {
            zip.Add($"{record._record["id"]}.json", record.ToString());
        }

        Directory.CreateDirectory(folder.Path);
        File.WriteAllBytes(folder[name], zip.ToBytes());
        return folder[name];
    }

    private static JsonArray Severity(string[] vectors) =>
        new([.. vectors.Select(v => new JsonObject { ["type"] = string.Create(CultureInfo.InvariantCulture, $"CVSS_V{(v.StartsWith("CVSS:", StringComparison.Ordinal) ? v[5] : '2')}"), ["score"] = v })]);
}
