namespace LayerBuild;

/// <summary>A test that runs programs of the machine; skipped where one of them is not on PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresProgramFactAttribute : FactAttribute
{
    public RequiresProgramFactAttribute(params string[] programs)
    {
        if (programs.FirstOrDefault(p => Programs.Find(p) is null) is { } missing)
        {
            Skip = $"There is no {missing} on PATH.";
        }
    }
}
