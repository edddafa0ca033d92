using System.Text.Encodings.Web;
using System.Text.Json;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Publish;

/// <summary>
/// <c>published.json</c>: the truth about the last publish, also when parts of it failed or it was stopped. Written anew
/// after each part, beside its target and renamed.
/// </summary>
internal sealed class PublishedFile(string path)
{
    private readonly Lock _gate = new();
    private readonly List<LayerOutcome> _layers = [];
    private readonly List<FunctionOutcome> _functions = [];

    /// <summary>Replaces what was known of the layer in that region.</summary>
    public void Set(LayerOutcome outcome)
    {
        lock (_gate)
        {
            _layers.RemoveAll(o => o.Layer.Name == outcome.Layer.Name && o.Region == outcome.Region);
            _layers.Add(outcome);
            Write();
        }
    }

    public void Set(FunctionOutcome outcome)
    {
        lock (_gate)
        {
            _functions.RemoveAll(o => o.Function == outcome.Function && o.Region == outcome.Region);
            _functions.Add(outcome);
            Write();
        }
    }

    /// <summary>UTF-8, line feeds, sorted: the same for the same outcome.</summary>
    internal static byte[] ToJson(IEnumerable<LayerOutcome> layers, IEnumerable<FunctionOutcome> functions)
    {
        LayerOutcome[] sorted = [.. layers.OrderBy(o => o.Layer.Name, StringComparer.Ordinal).ThenBy(o => o.Region, StringComparer.Ordinal)];
        FunctionOutcome[] sortedFunctions = [.. functions.OrderBy(o => o.Function, StringComparer.Ordinal).ThenBy(o => o.Region, StringComparer.Ordinal)];
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteStartArray("layers");
            foreach (LayerOutcome outcome in sorted)
            {
                Write(json, outcome);
            }

            json.WriteEndArray();
            json.WriteStartArray("functions");
            foreach (FunctionOutcome outcome in sortedFunctions)
            {
                Write(json, outcome);
            }

            json.WriteEndArray();
            json.WriteStartObject("consumerPolicies");
            foreach (IGrouping<string, LayerVersionArn> partition in sorted
                .Where(o => o.Version is not null)
                .Select(o => o.Version!.Arn)
                .GroupBy(arn => arn.Partition, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(partition.Key);
                ConsumerPolicy.Write(json, [.. partition]);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, LayerOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("name", outcome.Layer.Name);
        json.WriteString("region", outcome.Region);
        json.WriteString("status", outcome.Error is not null ? "failed" : outcome.Version!.IsNew ? "published" : "reused");
        if (outcome.Version is { } version)
        {
            json.WriteString("layerVersionArn", version.Arn.ToString());
            json.WriteNumber("version", version.Arn.Version);
            json.WriteBoolean("new", version.IsNew);
        }

        json.WriteString("codeSha256", outcome.Layer.CodeSha256);
        if (outcome.SharedWith is { } principals)
        {
            json.WriteStartArray("statements");
            foreach (LayerPrincipal principal in principals)
            {
                json.WriteStartObject();
                json.WriteString("statementId", principal.StatementId);
                json.WriteString("principal", principal.Principal);
                if (principal.OrganizationId is not null)
                {
                    json.WriteString("organizationId", principal.OrganizationId);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (outcome.Pruned.Count > 0)
        {
            json.WriteStartArray("pruned");
            foreach (long number in outcome.Pruned)
            {
                json.WriteNumberValue(number);
            }

            json.WriteEndArray();
        }

        WriteError(json, outcome.Error);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FunctionOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("name", outcome.Function);
        json.WriteString("region", outcome.Region);
        json.WriteString("status", outcome.Error is not null ? "failed" : outcome.Changed ? "attached" : "unchanged");
        if (outcome.Layers is { } layers)
        {
            json.WriteStartArray("layers");
            foreach (string arn in layers)
            {
                json.WriteStringValue(arn);
            }

            json.WriteEndArray();
        }

        WriteError(json, outcome.Error);
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, Diagnostics.Diagnostic? error)
    {
        if (error is not null)
        {
            json.WriteStartObject("error");
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }
    }

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, ToJson(_layers, _functions));
    }
}
