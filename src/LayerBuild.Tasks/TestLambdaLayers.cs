using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Run;
using LayerBuild.Steps.Declare;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Imports what <c>Imports</c> names with every declared Python that is installed here, and calls the handlers of functions
/// with their layers merged as /opt is (LB3007, LB3012).
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class TestLambdaLayers : FunctionItemsTask
{
    /// <summary><c>LambdaLayer</c> items: <c>Imports</c> is read.</summary>
    public ITaskItem[] Layers { get; set; } = [];

    /// <summary><c>LambdaLayerPython</c>: a Python to try before those of PATH and pyenv.</summary>
    public string? Python { get; set; }

    /// <summary>Longest that one process may run, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 60;

    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        string? python = string.IsNullOrWhiteSpace(Python) ? null : Python;
        var options = new TestOptions
        {
            Python = python is not null && (python.Contains('/') || python.Contains('\\')) ? Path.GetFullPath(python, ProjectDirectory) : python,
            Limit = TimeSpan.FromSeconds(Math.Max(TimeoutSeconds, 1)),
            Environment = ProcessEnvironment.Read(),
        };
        TestAsync(new LayerTester(ReadArchives(log), options, log), log, cancellation).GetAwaiter().GetResult();
    }

    private async Task TestAsync(LayerTester tester, DiagnosticLog log, CancellationToken cancellation)
    {
        foreach (ITaskItem layer in Layers)
        {
            string file = layer.GetMetadata("DefiningProjectFullPath");
            await tester.TestImportsAsync(layer.ItemSpec, LayerItem.Split(layer.GetMetadata("Imports")), file.Length == 0 ? null : file, cancellation)
                .ConfigureAwait(false);
        }

        foreach (LambdaFunctionDeclaration function in ReadFunctions(log))
        {
            await tester.TestFunctionAsync(function, cancellation).ConfigureAwait(false);
        }
    }
}
