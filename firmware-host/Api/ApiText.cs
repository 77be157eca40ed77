using System.Text;

namespace Edge.Api;

/// <summary>The API in words, for prompts and for people.</summary>
public static class ApiText
{
    /// <summary>One line a call, then one line a kind of argument.</summary>
    public static string Documentation { get; } = Build();

    private static string Build()
    {
        var text = new StringBuilder();
        var kinds = new List<ArgumentKind>();
        foreach (var call in RobotApi.Calls)
        {
            var arguments = call.Arguments.Select(a => $"{a.Name}={ArgumentSyntax.Of(a.Kind).Symbol}");
            text.Append(call.Name).Append('(').AppendJoin(", ", arguments).Append("): ").Append(call.Documentation).Append('\n');
            kinds.AddRange(call.Arguments.Select(a => a.Kind).Where(k => !kinds.Contains(k)));
        }

        foreach (var kind in kinds)
            text.Append(ArgumentSyntax.Of(kind).Symbol).Append(": ").Append(ArgumentSyntax.Of(kind).Documentation).Append('\n');
        return text.Append("What a call points at may be named first, in lower-case letters: ").Append(RobotApi.Calls[0].Name).Append('(').Append(CallGrammar.BeforeThing).Append("red cube").Append(CallGrammar.BehindThing).Append("...)\n").ToString();
    }
}
