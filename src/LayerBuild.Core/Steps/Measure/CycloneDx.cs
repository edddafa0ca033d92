using System.Buffers;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerBuild.Formats.Licenses;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Audit;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// <c>&lt;name&gt;.cdx.json</c>: the software bill of materials of a layer, CycloneDX 1.6. It has no time stamp, and its
/// serial number comes from the content (RFC 9562, version 5): the same layer has the same bill.
/// </summary>
internal static class CycloneDx
{
    private const string LayerReference = "layer";

    /// <summary>Namespace of the serial numbers: a random UUID, fixed for ever.</summary>
    private static readonly Guid SerialNumbers = new("9a1b5d6e-6d0f-4f5e-9c7d-3b1f0a2c8e47");

    // The bill is a file, not a page: + and non-ASCII letters stay as they are.
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8, line feeds, a line feed at the end.</summary>
    /// <param name="findings">Known vulnerabilities of the packages.</param>
    public static byte[] Write(LayerManifest manifest, DependencyGraph graph, IReadOnlyList<AuditFinding> findings)
    {
        Component[] components = Components(graph);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.6");
            json.WriteString("serialNumber", $"urn:uuid:{SerialNumber(manifest, components, findings)}");
            json.WriteNumber("version", 1);
            WriteMetadata(json, manifest);
            json.WriteStartArray("components");
            foreach (Component component in components)
            {
                WriteComponent(json, component);
            }

            json.WriteEndArray();
            WriteDependencies(json, components, graph);
            IReadOnlyList<AuditedPackage> audited = findings.Count > 0 ? graph.Audited() : [];
            VulnerabilityBill.Write(json, findings, package => components.Where((_, i) => audited[i].IsSameAs(package)).Select(c => c.Reference));
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>In the order of the packages.</summary>
    private static Component[] Components(DependencyGraph graph)
    {
        // One version of a package may be there twice, as different wheels for different Pythons.
        string[] purls = [.. graph.Packages.Select(Purl)];
        Dictionary<string, int> count = purls.CountBy(purl => purl, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. graph.Packages.Select((p, i) => new Component(p, graph.Licenses[i], purls[i], count[purls[i]] == 1 ? purls[i] : $"{purls[i]}#{p.Folder}"))];
    }

    /// <summary>package-url: types pypi and npm.</summary>
    private static string Purl(InstalledPackage package)
    {
        string version = Escape(package.Version);
        if (PackageName.IsNpm(package.Folder))
        {
            return $"pkg:npm/{string.Join('/', package.Name.Split('/').Select(Escape))}@{version}";
        }

        // The type pypi has a rule of its own, which leaves dots alone.
        return $"pkg:pypi/{Escape(package.Name.ToLowerInvariant().Replace('_', '-'))}@{version}";
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static void WriteMetadata(Utf8JsonWriter json, LayerManifest manifest)
    {
        json.WriteStartObject("metadata");
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "LayerBuild");
        json.WriteString("version", Assembly.GetExecutingAssembly().GetName().Version!.ToString(3));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();

        json.WriteStartObject("component");
        json.WriteString("type", "application");
        json.WriteString("bom-ref", LayerReference);
        json.WriteString("name", manifest.Name);
        if (!string.IsNullOrEmpty(manifest.Description))
        {
            json.WriteString("description", manifest.Description);
        }

        WriteHash(json, Convert.ToHexStringLower(Convert.FromBase64String(manifest.CodeSha256)));
        json.WriteEndObject();

        json.WriteStartArray("properties");
        foreach (string runtime in manifest.Runtimes)
        {
            WriteProperty(json, "layerbuild:runtime", runtime);
        }

        foreach (string architecture in manifest.Architectures)
        {
            WriteProperty(json, "layerbuild:architecture", architecture);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteComponent(Utf8JsonWriter json, Component component)
    {
        InstalledPackage package = component.Package;
        var fields = MetadataFields.Read(package.Metadata);
        json.WriteStartObject();
        json.WriteString("type", "library");
        json.WriteString("bom-ref", component.Reference);
        json.WriteString("name", package.Name);
        json.WriteString("version", package.Version);
        if (fields.All("Summary").FirstOrDefault() is { Length: > 0 } summary && summary != "UNKNOWN")
        {
            json.WriteString("description", summary);
        }

        if (IsSha256(package.Sha256))
        {
            WriteHash(json, package.Sha256);
        }
        else if (Sha512(package.Integrity) is { } sha512)
        {
            WriteHash(json, sha512, "SHA-512");
        }

        WriteLicenses(json, component.License);
        json.WriteString("purl", component.Purl);
        json.WriteStartArray("properties");
        WriteProperty(json, "layerbuild:folder", package.Folder);
        if (package.Wheel.Length > 0)
        {
            WriteProperty(json, "layerbuild:wheel", package.Wheel);
        }

        if (component.License.Text is null)
        {
            WriteProperty(json, "layerbuild:licence", "unknown");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLicenses(Utf8JsonWriter json, PackageLicense license)
    {
        if (license.Text is null)
        {
            return;
        }

        json.WriteStartArray("licenses");
        if (license.Expression is LicenseExpression.Single { Exception: null } single && LicenseNames.Find(single.Id) == single.Id)
        {
            WriteLicense(json, "id", single.Id);
        }
        else if (license.Expression is { } expression)
        {
            json.WriteStartObject();
            json.WriteString("expression", expression.ToString());
            json.WriteString("acknowledgement", "declared");
            json.WriteEndObject();
        }
        else
        {
            foreach (string name in license.Names)
            {
                WriteLicense(json, LicenseNames.Find(name) == name ? "id" : "name", name);
            }
        }

        json.WriteEndArray();
    }

    private static void WriteLicense(Utf8JsonWriter json, string kind, string value)
    {
        json.WriteStartObject();
        json.WriteStartObject("license");
        json.WriteString(kind, value);
        json.WriteString("acknowledgement", "declared");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDependencies(Utf8JsonWriter json, Component[] components, DependencyGraph graph)
    {
        json.WriteStartArray("dependencies");
        // A package that nothing requires is attached to the layer, so that the graph reaches every component.
        HashSet<int> required = [.. graph.Requires.SelectMany(r => r)];
        WriteDependency(json, LayerReference, components.Where((c, i) => c.Package.Requested || !required.Contains(i)));
        for (int i = 0; i < components.Length; i++)
        {
            WriteDependency(json, components[i].Reference, graph.Requires[i].Select(r => components[r]));
        }

        json.WriteEndArray();
    }

    private static void WriteDependency(Utf8JsonWriter json, string reference, IEnumerable<Component> on)
    {
        json.WriteStartObject();
        json.WriteString("ref", reference);
        json.WriteStartArray("dependsOn");
        foreach (string other in on.Select(c => c.Reference).Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(other);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHash(Utf8JsonWriter json, string hash, string algorithm = "SHA-256")
    {
        json.WriteStartArray("hashes");
        json.WriteStartObject();
        json.WriteString("alg", algorithm);
        json.WriteString("content", hash);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteProperty(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("value", value);
        json.WriteEndObject();
    }

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    /// <summary>Lower-case hex of the SHA-512 among the hashes of a subresource integrity.</summary>
    private static string? Sha512(string? integrity)
    {
        string? hash = integrity?.Split(' ').FirstOrDefault(h => h.StartsWith("sha512-", StringComparison.Ordinal));
        Span<byte> bytes = stackalloc byte[64];
        return hash is not null && Convert.TryFromBase64String(hash["sha512-".Length..], bytes, out int written) && written == 64
            ? Convert.ToHexStringLower(bytes)
            : null;
    }

    private static Guid SerialNumber(LayerManifest manifest, Component[] components, IReadOnlyList<AuditFinding> findings)
    {
        string content = string.Join('\n', [manifest.Name, manifest.CodeSha256, .. components.Select(c => $"{c.Reference} {c.Package.Sha256}"), .. findings.Select(VulnerabilityBill.Identity)]);
#pragma warning disable CA5350 // Version 5 is defined with SHA-1; nothing is secured with it.
        byte[] hash = SHA1.HashData([.. SerialNumbers.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(content)]);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    /// <param name="Reference">Its name within the bill: the purl, with the folder where that is not enough.</param>
    private sealed record Component(InstalledPackage Package, PackageLicense License, string Purl, string Reference);
}
