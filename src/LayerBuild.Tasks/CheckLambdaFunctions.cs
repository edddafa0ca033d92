using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Checks <c>LambdaFunction</c> items against the layers that were built: number, sum of sizes, runtime, architecture, and
/// files that hide one another (LB1014, LB3010, LB3011, LB4005, LB4006, LB4010).
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CheckLambdaFunctions : FunctionItemsTask
{
    private protected override void Run(DiagnosticLog log, CancellationToken cancellation)
    {
        var check = new FunctionCheck(ReadArchives(log), log);
        foreach (LambdaFunctionDeclaration function in ReadFunctions(log))
        {
            check.Check(function, cancellation);
        }
    }
}
