using System.Globalization;
using System.Reflection;

namespace LayerBuild.Benchmarks;

/// <param name="Name">Of the table.</param>
/// <param name="Requirements">Full path of the requirement file.</param>
internal sealed record Workload(string Name, string Requirements);

internal sealed record BenchmarkOptions
{
    public string? Wheels { get; private init; }

    public string? WorkloadFolder { get; private init; }

    public string Python { get; private init; } = "python3";

    public string Runtime { get; private init; } = "python3.11";

    /// <summary>Paired runs of each case; medians are printed.</summary>
    public int Runs { get; private init; } = 5;

    public string? Only { get; private init; }

    /// <summary>Folder that pip finds wheels in.</summary>
    public string WheelFolder { get; private set; } = "";

    /// <summary>Full path of the repository, with a slash at its end.</summary>
    public static string Repository { get; } = Metadata("Repository");

    public static string Configuration { get; } = Metadata("Configuration");

    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions();
        for (int i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return null;
            }

            string value = args[i + 1];
            BenchmarkOptions? next = args[i] switch
            {
                "--wheels" => options with { Wheels = Path.GetFullPath(value) },
                "--workloads" => options with { WorkloadFolder = Path.GetFullPath(value) },
                "--python" => options with { Python = value },
                "--runtime" => options with { Runtime = value },
                "--runs" => options with { Runs = int.Parse(value, CultureInfo.InvariantCulture) },
                "--only" => options with { Only = value },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return options.Wheels is null == options.WorkloadFolder is null ? options : null;
    }

    public IReadOnlyList<Workload> Workloads(WorkFolder work)
    {
        if (Wheels is null)
        {
            WheelFolder = work["wheels"];
            return SyntheticWheels.Make(WheelFolder, work).Where(Selected).ToList();
        }

        WheelFolder = Wheels;
        return
        [
            .. Directory.GetFiles(WorkloadFolder!, "*.txt")
                .OrderBy(file => new FileInfo(file).Length)
                .Select(file => new Workload(Path.GetFileNameWithoutExtension(file), file))
                .Where(Selected),
        ];

        bool Selected(Workload workload) => Only is null || Only == workload.Name;
    }

    private static string Metadata(string key) =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}
