using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>pip ended in a way that left no answer.</summary>
internal sealed class PipCrashException(ChildProcessResult result) : Exception($"pip ended with exit code {result.ExitCode}")
{
    public ChildProcessResult Result { get; } = result;
}
