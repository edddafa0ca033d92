using System.Diagnostics;

namespace LayerBuild.Benchmarks;

/// <summary>Builds that have nothing to do, and many layers in one project.</summary>
internal sealed class ProjectBenchmark(BenchmarkOptions options, WorkFolder work)
{
    private const int Many = 20;

    public void Run()
    {
        LayerProject without = Project("without", 5, package: false);
        LayerProject five = Project("five", 5, package: true);
        LayerProject wide = Project("wide", 1, package: true, files: 2000);
        LayerProject wideWithout = Project("wide-without", 1, package: false, files: 2000);
        LayerProject one = Project("one", 1, package: true, files: 2000);
        LayerProject many = Project("many", Many, package: true, files: 2000);
        foreach (LayerProject project in (LayerProject[])[without, five, wide, wideWithout])
        {
            project.Build();
        }

        var noOp = new List<double>();
        var noOpWide = new List<double>();
        var twenty = new List<double>();
        var onOneCore = new List<double>();
        for (int run = 0; run < Math.Max(options.Runs, 9); run++)
        {
            noOp.Add(five.Build().Seconds / without.Build().Seconds);
            noOpWide.Add(wide.Build().Seconds / wideWithout.Build().Seconds);
        }

        for (int run = 0; run < options.Runs; run++)
        {
            double single = Layers(one);
            double all = Layers(many);
            double serial = OnOneCore(() => Layers(many));
            twenty.Add(all / single);
            onOneCore.Add(serial / all);
        }

        Console.WriteLine($"""

            projects (medians of the ratios of paired runs)
            | case | ratio |
            | --- | --- |
            | no-op build, five layers, against no LayerBuild | {Measurement.Median(noOp):0.000} |
            | no-op build, one layer of 2,000 files, against no LayerBuild | {Measurement.Median(noOpWide):0.000} |
            | {Many} layers of 2,000 files against one (task) | {Measurement.Median(twenty):0.0} |
            | {Many} layers, one core against {Environment.ProcessorCount} (task) | {Measurement.Median(onOneCore):0.00} |
            """);

        static double Layers(LayerProject project)
        {
            project.ForgetOutputs();
            project.ForgetCache();
            return Measurement.TaskSeconds(project.Build("-p:LambdaLayerStage=false").Output);
        }
    }

    /// <summary>Children of this process inherit the cores that it may run on.</summary>
    private static double OnOneCore(Func<double> measure)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
        {
            return double.NaN;
        }

        using var self = Process.GetCurrentProcess();
        nint cores = self.ProcessorAffinity;
        self.ProcessorAffinity = 1;
        try
        {
            return measure();
        }
        finally
        {
            self.ProcessorAffinity = cores;
        }
    }

    private LayerProject Project(string name, int layers, bool package, int files = 1)
    {
        var random = new Random(layers);
        for (int layer = 0; layer < layers; layer++)
        {
            for (int file = 0; file < files; file++)
            {
                string path = Path.Combine(work[name], $"layers/layer{layer}/python/p{file / 50}/m{file}.py");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, string.Concat(Enumerable.Range(0, 40).Select(_ => $"value_{random.Next(1000)} = {random.Next()}\n")));
            }
        }

        return new LayerProject(
            options, work, name, package ? string.Concat(Enumerable.Range(0, layers).Select(i => $"<LambdaLayer Include=\"layer{i}\" />")) : null);
    }
}
