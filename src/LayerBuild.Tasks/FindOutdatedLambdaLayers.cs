using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks;

/// <summary>
/// Which layers are out of date; of the others, the zips, and once more what there was to warn of. It loads nothing of the
/// engine: a build with nothing to do pays for this alone.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class FindOutdatedLambdaLayers : Microsoft.Build.Utilities.Task
{
    /// <summary>All <c>LambdaLayer</c> items of the project.</summary>
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary>All <c>LambdaLayerContent</c> items of the project.</summary>
    public ITaskItem[] Content { get; set; } = [];

    /// <summary>As those of <see cref="BuildLambdaLayers"/>.</summary>
    [Required]
    public ITaskItem Options { get; set; } = null!;

    /// <summary>Full path of the folder of the project file.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Full path of the folder for intermediate files.</summary>
    [Required]
    public string IntermediatePath { get; set; } = "";

    /// <summary>Full path of the project that is built.</summary>
    public string? ProjectFile { get; set; }

    /// <summary>Whether nothing is going to be built, so that there is nothing to warn of.</summary>
    public bool NoBuild { get; set; }

    /// <summary>Whether the build is part of a publish without a bucket: what LB4004 is about.</summary>
    public bool PublishesDirectly { get; set; }

    /// <summary>Names of the layers to build, each with <c>Change</c>: why.</summary>
    [Output]
    public ITaskItem[] Outdated { get; private set; } = [];

    /// <summary>One item for each zip of the layers that are up to date, in their order.</summary>
    [Output]
    public ITaskItem[] Archives { get; private set; } = [];

    public override bool Execute()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var outdated = new List<ITaskItem>();
        var archives = new List<ITaskItem>();
        // Layers may have been warned of the same thing: it is said once, as by the build.
        var said = new HashSet<StateWarning>();
        DeclaredInputs? inputs = null;
        foreach (ITaskItem layer in Layers)
        {
            string name = layer.ItemSpec;
            StateFile? state = null;
            string? change;
            try
            {
                inputs ??= new DeclaredInputs(Layers, Content, Options, ProjectDirectory);
                state = StateFile.Read(LayerArchives.StatePath(IntermediatePath, name));
                change = names.Add(name) ? StateComparison.FirstChange(state, inputs.Of(layer)) : "it is declared twice";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // The build says it again, as an error.
                change = e.Message;
            }

            if (change is null)
            {
                archives.AddRange(LayerArchives.Of(layer, state!));
                Repeat(state!.Warnings.Where(said.Add));
            }
            else
            {
                Log.LogMessage(MessageImportance.Low, "Layer '{0}' is out of date: {1}.", name, change);
                var item = new TaskItem(layer.ItemSpec.Replace("%", "%25", StringComparison.Ordinal));
                item.SetMetadata("Change", change.Replace("%", "%25", StringComparison.Ordinal));
                outdated.Add(item);
            }
        }

        Outdated = [.. outdated];
        Archives = [.. archives];
        if (!NoBuild)
        {
            WarnOfExcludeAttributes();
            WarnOfMisspeltProperties();
        }

        return !Log.HasLoggedErrors;
    }

    private void WarnOfExcludeAttributes()
    {
        foreach (string file in new HashSet<string>(Layers.Select(layer => layer.GetMetadata("DefiningProjectFullPath")), StringComparer.Ordinal))
        {
            foreach (int line in file.Length == 0 ? [] : ExcludeAttributes.Find(file))
            {
                Log.LogWarning(null, "LB1030", null, null, file, line, 0, 0, 0, "A LambdaLayer has an attribute Exclude, which MSBuild keeps to itself: it leaves items out, not files of a layer. To leave files out, write ExcludeFiles.");
            }
        }
    }

    private void WarnOfMisspeltProperties()
    {
        if (BuildEngine is IBuildEngine6 engine)
        {
            foreach ((string written, string meant) in LayerProperty.Misspelt(engine.GetGlobalProperties().Keys))
            {
                Log.LogWarning(null, "LB1011", null, null, ProjectFile, 0, 0, 0, 0, "{0}", $"LayerBuild has no property '{written}'. Did you mean '{meant}'?");
            }
        }
    }

    private void Repeat(IEnumerable<StateWarning> warnings)
    {
        foreach (StateWarning warning in warnings)
        {
            if (!NoBuild && (warning.Code != "LB4004" || PublishesDirectly))
            {
                Log.LogWarning(null, warning.Code, null, null, warning.File, warning.Line, 0, 0, 0, "{0}", warning.Message);
            }
        }
    }
}
