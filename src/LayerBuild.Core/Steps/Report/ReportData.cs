using System.Text;
using System.Text.Json.Serialization;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Report;

/// <summary>The data of the page, as its script reads it.</summary>
internal sealed record ReportData
{
    public required string Title { get; init; }

    /// <summary><see cref="LambdaLimits.Unzipped"/>.</summary>
    public long Limit { get; init; } = LambdaLimits.Unzipped;

    public required IReadOnlyList<LayerData> Layers { get; init; }

    public required IReadOnlyList<FunctionData> Functions { get; init; }

    public required IReadOnlyList<SharedData> Shared { get; init; }

    public static ReportData Of(string title, LayerReport report) => new()
    {
        Title = title,
        Layers = [.. report.Layers.Select(LayerData.Of)],
        Functions =
        [
            .. report.Functions.Select(f => new FunctionData(
                f.Name,
                f.CodeSize,
                f.UnzippedSize,
                f.IsComplete,
                [.. f.Layers.Select(l => new FunctionLayerData(l.Name, l.UnzippedSize))])),
        ],
        Shared =
        [
            .. report.Shared.Select(s => new SharedData(
                s.Name,
                s.HasVersions,
                [.. s.Places.Select(p => new PlaceData(report.Layers[p.Layer].Manifest.Name, p.Part.Version, p.Part.UnzippedSize, p.Part.ZippedSize))],
                [.. s.Functions.Select(f => report.Functions[f].Name)])),
        ],
    };
}

/// <summary>A layer; its files as columns, in the order of the zip.</summary>
internal sealed record LayerData
{
    public required LayerManifest Manifest { get; init; }

    public required bool IsBuilt { get; init; }

    public long? MaxZippedSize { get; init; }

    public long? MaxUnzippedSize { get; init; }

    /// <summary>MaxGrowth as written, when it is broken.</summary>
    public string? BrokenGrowth { get; init; }

    /// <summary>For each path: how many characters it shares with the one before.</summary>
    public required IReadOnlyList<int> Shared { get; init; }

    /// <summary>For each path: the rest of it, and a line feed.</summary>
    public required string Paths { get; init; }

    public required IReadOnlyList<long> Sizes { get; init; }

    public required IReadOnlyList<long> Zipped { get; init; }

    public required string Roles { get; init; }

    public required IReadOnlyList<int> Owners { get; init; }

    public required IReadOnlyList<SavingData> Savings { get; init; }

    public GrowthData? Growth { get; init; }

    public static LayerData Of(ReportedLayer layer)
    {
        MeasuredContents contents = layer.Contents;
        var shared = new int[contents.Paths.Count];
        var paths = new StringBuilder();
        string before = "";
        for (int i = 0; i < shared.Length; i++)
        {
            string path = contents.Paths[i];
            shared[i] = before.AsSpan().CommonPrefixLength(path);
            paths.Append(path.AsSpan(shared[i])).Append('\n');
            before = path;
        }

        return new LayerData
        {
            Manifest = layer.Manifest,
            IsBuilt = layer.IsBuilt,
            MaxZippedSize = contents.MaxZippedSize,
            MaxUnzippedSize = contents.MaxUnzippedSize,
            BrokenGrowth = layer.GrowsTooMuch ? contents.MaxGrowth : null,
            Shared = shared,
            Paths = paths.ToString(),
            Sizes = contents.Sizes,
            Zipped = contents.Zipped,
            Roles = contents.Roles,
            Owners = contents.Owners,
            Savings = [.. layer.Savings.Select(s => new SavingData(s.Title, s.How, Runs(s.Files)))],
            Growth = layer.Growth is not { } growth ? null : new GrowthData(
                growth.Before.UnzippedSize,
                growth.Before.ZippedSize,
                [.. growth.Changes.Select(c => new ChangeData(c.Part.Name, c.Before?.Version, c.After?.Version, c.Before?.UnzippedSize, c.After?.UnzippedSize, c.Unzipped, c.Zipped))]),
        };
    }

    /// <summary>First index and length of each run of indices that follow each other.</summary>
    private static List<int> Runs(IReadOnlyList<int> indices)
    {
        var runs = new List<int>();
        foreach (int index in indices)
        {
            if (runs.Count > 0 && runs[^2] + runs[^1] == index)
            {
                runs[^1]++;
            }
            else
            {
                runs.AddRange([index, 1]);
            }
        }

        return runs;
    }
}

/// <param name="Files">First index and length of each run of files that would go.</param>
internal sealed record SavingData(string Title, string How, IReadOnlyList<int> Files);

/// <summary>Sizes in bytes of what the layer was.</summary>
internal sealed record GrowthData(long UnzippedSize, long ZippedSize, IReadOnlyList<ChangeData> Changes);

/// <param name="Before">Version; null when it came, or for the user's own files.</param>
/// <param name="After">Version; null when it went, or for the user's own files.</param>
/// <param name="UnzippedBefore">In bytes; null when it came.</param>
/// <param name="UnzippedAfter">In bytes; null when it went.</param>
internal sealed record ChangeData(string Name, string? Before, string? After, long? UnzippedBefore, long? UnzippedAfter, long Unzipped, long Zipped);

internal sealed record FunctionData(
    string Name,
    long? CodeSize,
    long UnzippedSize,
    bool IsComplete,
    IReadOnlyList<FunctionLayerData> Layers);

internal sealed record FunctionLayerData(string Name, long? UnzippedSize);

internal sealed record SharedData(string Name, bool HasVersions, IReadOnlyList<PlaceData> Places, IReadOnlyList<string> Functions);

internal sealed record PlaceData(string Layer, string? Version, long UnzippedSize, long ZippedSize);

// The default encoder writes <, >, & and all that is not ASCII as \u escapes: nothing can end the script element.
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReportData))]
internal sealed partial class ReportJson : JsonSerializerContext;
