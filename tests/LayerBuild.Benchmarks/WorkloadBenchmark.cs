namespace LayerBuild.Benchmarks;

/// <summary>One layer of a workload, against pip and zip, and against a copy of the finished file.</summary>
internal sealed class WorkloadBenchmark(BenchmarkOptions options, Workload workload, WorkFolder work)
{
    /// <returns>Full path of the cache, with the workload's wheels.</returns>
    public string Run()
    {
        string folder = work[workload.Name];
        Directory.CreateDirectory(Path.Combine(folder, "layers/bench/python"));
        File.Copy(workload.Requirements, Path.Combine(folder, "layers/bench/requirements.txt"));
        string edited = Path.Combine(folder, "layers/bench/python/handler_shared.py");
        File.WriteAllText(edited, "value = 0\n");
        var project = new LayerProject(options, work, workload.Name, "<LambdaLayer Include=\"bench\" />");
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
            string tree = work.Fresh();
            string byHand = Path.Combine(work.Fresh(), "by-hand.zip");
            string plain = Path.Combine(work.Fresh(), "plain.zip");
            pipAndZip.Add(
                project.Pip("install", "--no-compile", "--only-binary=:all:", "-r", workload.Requirements, "-t", Path.Combine(tree, "python"))
                + Zip(tree, "-qr9", byHand));
            zipBytes = new FileInfo(byHand).Length;
            Zip(tree, "-qr9XD", plain);
            plainZipBytes = new FileInfo(plain).Length;
            download.Add(project.Pip("download", "--only-binary=:all:", "-r", workload.Requirements, "-d", work.Fresh()));

            // The first build: no lock, no cache.
            project.ForgetOutputs();
            project.ForgetCache();
            File.Delete(lockFile);
            first.Add(Measurement.TaskSeconds(project.Build("-p:LambdaLayerStage=false").Output));

            project.ForgetOutputs();
            zipOnly.Add(Measurement.TaskSeconds(project.Build("-p:LambdaLayerStage=false").Output));
            string copy = Path.Combine(work.Fresh(), "copy.zip");
            copies.Add(Measurement.Time(() => File.Copy(project.Zip("bench"), copy)));

            project.ForgetOutputs();
            staged.Add(Measurement.TaskSeconds(project.Build().Output));

            noOps.Add(project.Build().Seconds);
            File.WriteAllText(edited, $"value = {run + 1}\n");
            edits.Add(project.Build().Seconds);
        }

        long ours = new FileInfo(project.Zip("bench")).Length;
        project.ForgetOutputs();
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
        return project.CachePath;

        double Zip(string folder, string flags, string target) => Measurement.Run(folder, new Dictionary<string, string?>(), "zip", flags, target, "python").Seconds;
    }

    /// <summary>Median of the ratios of what was measured side by side.</summary>
    private static double Pairs(List<double> a, List<double> b) => Measurement.Median(a.Zip(b, (x, y) => x / y));
}
