namespace Microsoft.Build.Framework;

/// <summary>
/// Tells a multi-threaded MSBuild (<c>-mt</c>) that the task may run in its process. MSBuild looks for the attribute by
/// its full name, so that packages built against an older framework can carry their own copy.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
