using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Resolve.Npm;
using LayerBuild.Steps.Stage;

namespace LayerBuild.Steps.Report;

/// <summary>What a layer would lose by one change of its declaration: the sum over the files that would go.</summary>
/// <param name="Title">For people.</param>
/// <param name="How">What to write.</param>
/// <param name="Files">Indices of the entries that would go, ascending.</param>
internal sealed record LayerSaving(string Title, string How, IReadOnlyList<int> Files)
{
    /// <summary>The parts of the AWS SDK that Lambda's Python runtimes bring.</summary>
    private static readonly string[] Sdk = ["boto3", "botocore", "jmespath", "s3transfer"];

    /// <summary>What the runtimes bring for the SDK, and others may use too.</summary>
    private static readonly string[] SdkNeeds = ["python-dateutil", "six", "urllib3"];

    /// <summary>All that would save something, in a fixed order.</summary>
    public static IReadOnlyList<LayerSaving> Of(MeasuredContents contents)
    {
        var savings = new List<LayerSaving>();
        Add("Slim", "Slim=\"true\"", i => IsSlimmed(contents.Paths[i]));
        HashSet<int> provided = Provided(contents);
        string names = string.Join(", ", provided.Order().Select(p => contents.Manifest.Packages[p].Name).Distinct(StringComparer.Ordinal));
        Add("What the Python runtime has anyway", $"Leave out {names}: the runtime has its own version, which AWS may change.", i => provided.Contains(contents.Owners[i]));
        Add("No bytecode", "Bytecode=\"none\"", i => contents.Paths[i].Contains("/__pycache__/", StringComparison.Ordinal));
        return savings;

        void Add(string title, string how, Predicate<int> goes)
        {
            int[] files = [.. Enumerable.Range(0, contents.Paths.Count).Where(i => goes(i))];
            if (files.Length > 0)
            {
                savings.Add(new LayerSaving(title, how, files));
            }
        }
    }

    /// <summary>Python's rule is for the whole layer, npm's for what is in node_modules.</summary>
    private static bool IsSlimmed(string path) => SlimRule.Drops(path)
        || (path.StartsWith("nodejs/", StringComparison.Ordinal) && path.Contains("/node_modules/", StringComparison.Ordinal) && NodeSlimRule.Drops(path));

    /// <summary>The SDK, and those of its dependencies that no other package of the layer needs.</summary>
    private static HashSet<int> Provided(MeasuredContents contents)
    {
        IReadOnlyList<ManifestPackage> packages = contents.Manifest.Packages;
        HashSet<int> dropped = [.. Enumerable.Range(0, packages.Count).Where(i => Is(i, Sdk))];
        bool more = dropped.Count > 0;
        while (more)
        {
            more = false;
            for (int i = 0; i < packages.Count; i++)
            {
                if (!dropped.Contains(i) && Is(i, SdkNeeds) && !packages[i].Requested
                    && Enumerable.Range(0, packages.Count).All(other => dropped.Contains(other) || !contents.Requires[other].Contains(i)))
                {
                    more = dropped.Add(i);
                }
            }
        }

        return dropped;

        bool Is(int package, string[] names) =>
            packages[package].Folder.StartsWith("python", StringComparison.Ordinal) && names.Contains(PackageName.Key(packages[package]));
    }
}
