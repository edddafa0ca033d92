namespace LayerBuild.Benchmarks;

/// <summary>One layer of a workload, against pip and zip, and against a copy of the finished file.</summary>
internal sealed class WorkloadBenchmark(BenchmarkOptions options, Workload workload, WorkFolder work)
{
    public void Run()
    {
        string folder = work[workload.Name];
        Directory.CreateDirectory(Path.Combine(folder, "layers/bench/python"));
        File.Copy(workload.Requirements, Path.Combine(folder, "layers/bench/requirements.txt"));
        string edited = Path.Combine(folder, "layers/bench/python/handler_shared.py");
        File.WriteAllText(edited, "value = 0\n");
        var project = new LayerProject(options, folder, "<LambdaLayer Include=\"bench\" />");
        string lockFile = Path.Combine(folder, "layers/bench/requirements.lock.txt");

        var pipAndZip = new List<double>();
        var download = new List<double>();
        var first = new List<double>();
        var zipOnly = new List<double>();
        var copies = new List<double>();
        var staged = new List<double>();
        var edits = new List<double>();
        var noOps = new List<double>();
        long zipBytes = 0;
        long plainZipBytes = 0;
        for (int run = 0; run < options.Runs; run++)
        {
            // What people do by hand: pip install into a folder, zip it.
            string tree = work.Fresh("pip/python");
            double byHand = project.Pip("install", "--no-compile", "--only-binary=:all:", "-r", workload.Requirements, "-t", tree);
            work.Delete("pip.zip");
            byHand += Zip("-qr9");
            zipBytes = new FileInfo(work["pip.zip"]).Length;
            work.Delete("pip.zip");
            Zip("-qr9XD");
            plainZipBytes = new FileInfo(work["pip.zip"]).Length;
            work.Delete("pip.zip");
            work.Delete("pip");
            pipAndZip.Add(byHand);

            download.Add(project.Pip("download", "--only-binary=:all:", "-r", workload.Requirements, "-d", work.Fresh("download")));
            work.Delete("download");

            // The first build: no lock, no cache.
            project.DeleteOutputs();
            File.Delete(lockFile);
            if (Directory.Exists(project.CachePath))
            {
                Directory.Delete(project.CachePath, recursive: true);
            }

            first.Add(Measurement.TaskSeconds(project.Build("-p:LambdaLayerStage=false").Output));

            project.DeleteOutputs();
            zipOnly.Add(Measurement.TaskSeconds(project.Build("-p:LambdaLayerStage=false").Output));
            copies.Add(Measurement.Time(() => File.Copy(project.Zip("bench"), work["copy.zip"], overwrite: true)));
            work.Delete("copy.zip");

            project.DeleteOutputs();
            staged.Add(Measurement.TaskSeconds(project.Build().Output));

            noOps.Add(project.Build().Seconds);
            File.WriteAllText(edited, $"value = {run + 1}\n");
            edits.Add(project.Build().Seconds);
        }

        long ours = new FileInfo(project.Zip("bench")).Length;
        project.DeleteOutputs();
        project.Build("-p:LambdaLayerCompression=Smallest");
        long smallest = new FileInfo(project.Zip("bench")).Length;

        double hand = Measurement.Median(pipAndZip);
        double noOp = Measurement.Median(noOps);
        Console.WriteLine($"""

            {workload.Name}: {ours:N0} bytes zipped; pip + zip takes {hand:0.00} s (medians of {options.Runs} runs side by side)
            | case | seconds | ratio |
            | --- | --- | --- |
            | first build, no lock, cold cache (task) | {Measurement.Median(first):0.00} | {Pairs(pipAndZip, first):0.0}x faster than pip + zip; {Pairs(first, download):0.00}x pip download ({Measurement.Median(download):0.00} s) |
            | lock + warm cache, zip only (task) | {Measurement.Median(zipOnly):0.00} | {Pairs(pipAndZip, zipOnly):0}x faster than pip + zip; {Pairs(zipOnly, copies):0.0}x a copy of the zip ({Measurement.Median(copies):0.000} s) |
            | the same with the stage directory (task) | {Measurement.Median(staged):0.00} | {Pairs(pipAndZip, staged):0}x faster than pip + zip |
            | one source file edited (whole build) | {Measurement.Median(edits):0.00} | {Pairs(edits, noOps):0.00}x a no-op build ({noOp:0.00} s); {hand / Math.Max(Measurement.Median(edits) - noOp, 0.001):0}x faster than pip + zip beyond the no-op |
            | zip size | | {(double)ours / zipBytes:0.000}x zip -r9; Smallest {(double)smallest / plainZipBytes:0.000}x zip -r9 -X -D |
            """);

        double Zip(string flags) => Measurement.Run(work["pip"], new Dictionary<string, string?>(), "zip", flags, work["pip.zip"], "python").Seconds;
    }

    /// <summary>Median of the ratios of what was measured side by side.</summary>
    private static double Pairs(List<double> a, List<double> b) => Measurement.Median(a.Zip(b, (x, y) => x / y));
}
