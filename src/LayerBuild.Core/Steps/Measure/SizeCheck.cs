using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>Holds one layer to Lambda's limits and to its own budgets.</summary>
internal sealed class SizeCheck(LayerDeclaration layer, LayerManifest manifest, MeasureOptions options, DiagnosticLog log)
{
    /// <param name="growth">Against the baseline; null when there is none.</param>
    public void Check(LayerGrowth? growth)
    {
        if (manifest.UnzippedSize >= LambdaLimits.Unzipped)
        {
            Error("LB4001", $"Layer '{manifest.Name}': it has {Quantity.Exact(manifest.UnzippedSize)} unzipped; Lambda takes less than "
                + $"{Quantity.Exact(LambdaLimits.Unzipped)}, for a function's code and all its layers together. {Largest(p => p.UnzippedSize)} "
                + "Set Slim=\"true\", leave out what is not needed, or split the layer.");
        }

        CheckBudget("MaxZippedSize", "zipped", manifest.ZippedSize, layer.MaxZippedSize, p => p.ZippedSize);
        CheckBudget("MaxUnzippedSize", "unzipped", manifest.UnzippedSize, layer.MaxUnzippedSize, p => p.UnzippedSize);
        CheckUpload();
        if (growth is not null && GrowthLimit.TryParse(layer.MaxGrowth, out GrowthLimit limit))
        {
            CheckGrowth(growth, limit);
        }
    }

    private void CheckBudget(string metadata, string how, long size, ByteSize? budget, Func<LayerPart, long> sizeOf)
    {
        if (budget is { } allowed && size > allowed.Bytes)
        {
            Error("LB4002", $"Layer '{manifest.Name}': it has {Quantity.Exact(size)} {how}, {Quantity.Exact(size - allowed.Bytes)} over its {metadata} of "
                + $"{Quantity.Exact(allowed.Bytes)}. {Largest(sizeOf)} Remove what is not needed, or raise {metadata}.");
        }
    }

    private void CheckUpload()
    {
        if (manifest.ZippedSize <= LambdaLimits.DirectUpload)
        {
            return;
        }

        string fact = $"Layer '{manifest.Name}': {manifest.Zip} has {Quantity.Exact(manifest.ZippedSize)}; a zip of more than {Quantity.Exact(LambdaLimits.DirectUpload)} "
            + "can only be published through a bucket. Set LambdaLayerS3Bucket";
        if (options.PublishesWithoutBucket)
        {
            log.Add(Diagnostic.Warning("LB4004", fact + ".") with { File = layer.ProjectFile });
        }
        else
        {
            log.Note($"{fact} before you publish.");
        }
    }

    private void CheckGrowth(LayerGrowth growth, GrowthLimit limit)
    {
        long unzippedAllowed = limit.Allowance(growth.Before.UnzippedSize);
        long zippedAllowed = limit.Allowance(growth.Before.ZippedSize);
        var broken = new List<string>();
        if (growth.Unzipped > unzippedAllowed)
        {
            broken.Add(Grown("unzipped", growth.Before.UnzippedSize, growth.After.UnzippedSize));
        }

        if (growth.Zipped > zippedAllowed)
        {
            broken.Add(Grown("zipped", growth.Before.ZippedSize, growth.After.ZippedSize));
        }

        if (broken.Count > 0)
        {
            Error("LB4003", $"Layer '{manifest.Name}': it grew by {string.Join(" and by ", broken)}; MaxGrowth is {layer.MaxGrowth}. {growth.Describe()} "
                + "If this is intended, raise MaxGrowth or move the baseline.");
        }
    }

    private static string Grown(string how, long before, long after) =>
        $"{Quantity.Exact(after - before)} {how} ({Quantity.Share(after - before, before)}, from {new ByteSize(before)} to {new ByteSize(after)})";

    /// <summary>A sentence with the ten largest parts.</summary>
    private string Largest(Func<LayerPart, long> sizeOf)
    {
        LayerPart[] parts = [.. LayerSizes.Of(manifest).Parts.OrderByDescending(sizeOf).Take(10)];
        string title = parts.Length == 1 ? "Contents:" : "Largest:";
        return $"{title} {string.Join(", ", parts.Select(p => $"{p.Title} ({new ByteSize(sizeOf(p))})"))}.";
    }

    private void Error(string code, string message) => log.Add(Diagnostic.Error(code, message) with { File = layer.ProjectFile });
}
