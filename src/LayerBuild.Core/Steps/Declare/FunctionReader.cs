using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

/// <summary>Turns <c>LambdaFunction</c> items into valid declarations, or says what is wrong.</summary>
/// <param name="projectDirectory">Full path of the folder that relative paths start from.</param>
internal sealed class FunctionReader(string projectDirectory, DiagnosticLog log)
{
    private const string Invalid = "LB1014";

    /// <summary>Reads all items; those with an error are left out of the result.</summary>
    public IReadOnlyList<LambdaFunctionDeclaration> Read(IEnumerable<LayerItem> items)
    {
        var functions = new List<LambdaFunctionDeclaration>();
        foreach (LayerItem item in items)
        {
            DiagnosticLog itemLog = log.Child(item.DefiningFile);
            LambdaFunctionDeclaration function = Read(item, itemLog);
            if (!itemLog.HasErrors)
            {
                functions.Add(function);
            }
        }

        return functions;
    }

    private LambdaFunctionDeclaration Read(LayerItem item, DiagnosticLog itemLog)
    {
        string? handler = item.Get("Handler");
        if (handler is not null && (handler.LastIndexOf('.') <= 0 || handler.EndsWith('.')))
        {
            itemLog.Error(Invalid, $"Function '{item.Include}': Handler is '{handler}'. Expected module.function, like 'app.lambda_handler'.");
        }

        string? zip = ReadPath(item, "CodeZip", File.Exists, itemLog);
        string? directory = ReadPath(item, "CodeDirectory", Directory.Exists, itemLog);
        if (zip is not null && directory is not null)
        {
            itemLog.Error(Invalid, $"Function '{item.Include}': it has both CodeDirectory and CodeZip. Keep one of them.");
        }

        return new LambdaFunctionDeclaration(item.Include)
        {
            ProjectFile = item.DefiningFile,
            Layers = LayerItem.SplitAll(item.Get("Layers")),
            Runtime = ReadRuntime(item, itemLog),
            Architecture = ReadArchitecture(item, itemLog),
            CodeDirectory = directory,
            CodeZip = zip,
            Handler = handler,
            Event = ReadEvent(item, itemLog),
            Regions = LayerItem.SplitAll(item.Get("Regions")),
        };
    }

    private static LambdaRuntime? ReadRuntime(LayerItem item, DiagnosticLog itemLog)
    {
        if (item.Get("Runtime") is not { } id)
        {
            return null;
        }

        if (LambdaRuntime.Find(id) is { } runtime)
        {
            return runtime;
        }

        string meant = Spelling.Closest(id, LambdaRuntime.All.Select(r => r.Id)) is { } close ? $" Did you mean '{close}'?" : "";
        itemLog.Error("LB1002", $"Function '{item.Include}': Lambda has no runtime '{id}'.{meant}");
        return null;
    }

    private static Architecture? ReadArchitecture(LayerItem item, DiagnosticLog itemLog)
    {
        if (item.Get("Architecture") is not { } id)
        {
            return null;
        }

        Architecture? architecture = Architecture.Find(id);
        if (architecture is null)
        {
            itemLog.Error("LB1007", $"Function '{item.Include}': Lambda has no architecture '{id}', only x86_64 and arm64.");
        }

        return architecture;
    }

    private string? ReadPath(LayerItem item, string metadata, Func<string, bool> exists, DiagnosticLog itemLog)
    {
        if (item.Get(metadata) is not { } written)
        {
            return null;
        }

        string path = FullPath(written);
        if (!exists(path))
        {
            itemLog.Error("LB1012", $"Function '{item.Include}': {metadata} does not exist: {path}. Paths are relative to the project's folder.");
        }

        return path;
    }

    private string ReadEvent(LayerItem item, DiagnosticLog itemLog)
    {
        if (item.Get("Event") is not { } written)
        {
            return "{}";
        }

        // JSON in line begins as JSON does; anything else is the name of a file.
        bool inline = written[0] is '{' or '[' or '"' || char.IsAsciiDigit(written[0]) || written is "null" or "true" or "false";
        string json = written;
        if (!inline)
        {
            string path = FullPath(written);
            if (!File.Exists(path))
            {
                itemLog.Error(Invalid, $"Function '{item.Include}': Event is neither JSON nor a file: {path}.");
                return "{}";
            }

            json = File.ReadAllText(path);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            itemLog.Error(Invalid, $"Function '{item.Include}': Event is not valid JSON{(inline ? "" : $" ({written})")}: {e.Message}");
        }

        return json;
    }

    private string FullPath(string path) =>
        Path.GetFullPath(Path.DirectorySeparatorChar == '/' ? path.Replace('\\', '/') : path, projectDirectory);
}
