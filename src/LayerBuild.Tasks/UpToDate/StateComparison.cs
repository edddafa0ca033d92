namespace LayerBuild.Tasks.UpToDate;

/// <summary>What has changed since a state was written.</summary>
internal static class StateComparison
{
    /// <returns>The first difference, in words for a log; null when there is none.</returns>
    public static string? FirstChange(StateFile? then, IReadOnlyList<KeyValuePair<string, string>> now)
    {
        if (then is null)
        {
            return "it was not built before";
        }

        if (!then.Finished)
        {
            return "its last build did not finish";
        }

        for (int i = 0; i < now.Count; i++)
        {
            if (i == then.Inputs.Count || now[i].Key != then.Inputs[i].Key)
            {
                return i < then.Inputs.Count && !now.Any(n => n.Key == then.Inputs[i].Key) ? $"{then.Inputs[i].Key} is gone" : $"{now[i].Key} is new";
            }

            if (now[i].Value != then.Inputs[i].Value)
            {
                return $"{now[i].Key} has changed";
            }
        }

        if (then.Inputs.Count > now.Count)
        {
            return $"{then.Inputs[now.Count].Key} is gone";
        }

        foreach ((string path, string stamp) in then.Files)
        {
            if (StateFile.StampOf(path) != stamp)
            {
                return $"{path} has changed";
            }
        }

        return null;
    }
}
