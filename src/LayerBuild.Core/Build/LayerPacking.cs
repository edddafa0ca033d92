using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Stage;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Build;

/// <summary>
/// Makes the zips of a layer: packs its trees while they are verified, and measures what came out. What is found wrong
/// takes the zips away again.
/// </summary>
internal sealed class LayerPacking(LayerWork work, MeasureOptions measureOptions, LayerAudit? audit)
{
    private readonly LayerDeclaration _layer = work.Layer;

    /// <returns>Null when an error was logged.</returns>
    public IReadOnlyList<FinishedZip>? Run(IReadOnlyList<StagedTree> trees)
    {
        LayerZip[] zips = Divide(trees);
        var verifying = Task.Run(() => Verify(trees, zips), work.Cancellation);
        var packed = new List<PackedZip>();
        try
        {
            packed.AddRange(zips.Select(Pack));
        }
        catch
        {
            WaitQuietly(verifying);
            throw;
        }

        MeasuredTree[] measured = verifying.GetAwaiter().GetResult();
        if (work.Log.HasErrors)
        {
            return null;
        }

        List<FinishedZip> finished = [.. packed.Select((zip, i) => Measure(zip, measured[i]))];
        return work.Log.HasErrors ? null : finished;
    }

    /// <summary>One zip serves both architectures unless they need different files.</summary>
    private LayerZip[] Divide(IReadOnlyList<StagedTree> trees)
    {
        bool shared = trees.Count == 1 || trees[0].Tree.Packages.Select(Identity).SequenceEqual(trees[1].Tree.Packages.Select(Identity));
        return shared
            ? [work.NewZip(_layer.Name.Value, _layer.Architectures, trees[0].Tree)]
            : [.. trees.Select(t => work.NewZip(LayerName.Published(_layer.Name.Value, t.Architecture), [t.Architecture], t.Tree))];

        static (string, string, string, string) Identity(InstalledPackage package) => (package.Name, package.Version, package.Sha256, package.Folder);
    }

    /// <returns>In the order of the zips; none when an error was logged.</returns>
    private MeasuredTree[] Verify(IReadOnlyList<StagedTree> trees, LayerZip[] zips)
    {
        var verifier = new LayerVerifier(work.Log);
        foreach (StagedTree tree in trees)
        {
            verifier.Verify(_layer, tree.Architecture, tree.Tree, work.Cancellation);
        }

        if (work.Log.HasErrors)
        {
            return [];
        }

        MeasuredTree[] measured = Array.ConvertAll(zips, MeasuredTree.Of);
        return audit is null ? measured : audit.Run(work, measured);
    }

    private PackedZip Pack(LayerZip zip)
    {
        string intermediate = work.IntermediatePath(zip.Name);
        Directory.CreateDirectory(intermediate);
        PendingFile file = work.Pend(zip.Path);
        PendingFile index = work.Pend(Path.Combine(intermediate, ZipIndex.FileName));
        var options = new PackOptions
        {
            Compression = work.Options.Compression,
            PreviousZip = file.Final,
            PreviousState = index.Final,
            CachePath = work.Options.Resolve.CachePath,
            SmallestAbove = Math.Min(LambdaLimits.DirectUpload, _layer.MaxZippedSize?.Bytes ?? long.MaxValue),
        };
        Task staging = work.Options.Stage
            ? Task.Run(() => StageDirectory.Fill(Path.Combine(intermediate, "stage"), zip.Tree, work.Cancellation), work.Cancellation)
            : Task.CompletedTask;
        try
        {
            PackedLayer packed = new LayerPacker(options, work.Log).Pack(zip.Tree, file.Temporary, index.Temporary, work.Cancellation);
            staging.GetAwaiter().GetResult();
            return new PackedZip(zip, packed, index, file);
        }
        catch
        {
            WaitQuietly(staging);
            throw;
        }
    }

    /// <summary>
    /// Waits for what went on beside the packing. That failed, and says why: of a wheel that changed who reads it at the same
    /// time has other words.
    /// </summary>
    private static void WaitQuietly(Task beside) => ((IAsyncResult)beside).AsyncWaitHandle.WaitOne();

    private FinishedZip Measure(PackedZip packed, MeasuredTree tree)
    {
        LayerMeasurement measurement = new LayerMeasure(measureOptions, work.Log).Measure(_layer, tree, packed.Layer);
        // The report shows a layer that breaks a limit too.
        measurement.Contents.Save(MeasuredContents.PathOf(work.Options.IntermediatePath, packed.Zip.Name));
        return new FinishedZip(measurement, [packed.Index, .. measurement.Files.Select(Write), packed.File]);

        PendingFile Write(MeasuredFile file)
        {
            PendingFile pending = work.Pend(work.OutputPath(file.Name));
            File.WriteAllBytes(pending.Temporary, file.Bytes);
            return pending;
        }
    }

    /// <summary>A zip, and what the packer keeps about it; not in place yet.</summary>
    private sealed record PackedZip(LayerZip Zip, PackedLayer Layer, PendingFile Index, PendingFile File);
}

/// <summary>A zip that was verified and measured, with all that goes with it; not in place yet.</summary>
internal sealed record FinishedZip(LayerMeasurement Measurement, IReadOnlyList<PendingFile> Files);
