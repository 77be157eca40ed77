using System.Text;

namespace Edge.Api;

/// <summary>Writes a call the one way that <see cref="CallGrammar"/> accepts: what the planner writes, what it is trained on and what the logs show.</summary>
public static class CallFormatter
{
    /// <summary>The call as text, e.g. <c>pick("red cube", at=(412, 377))</c>.</summary>
    public static string Format(ApiInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var call = invocation.Call;
        if (invocation.Arguments.Count != call.Arguments.Count)
            throw new ArgumentException($"{call.Name} takes {call.Arguments.Count} arguments, not {invocation.Arguments.Count}.", nameof(invocation));
        var text = new StringBuilder(call.Name).Append('(');
        if (invocation.Thing.Length > 0)
            text.Append(CallGrammar.BeforeThing).Append(invocation.Thing).Append(CallGrammar.BehindThing);
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            var argument = call.Arguments[i];
            text.Append(i > 0 ? ", " : "").Append(argument.Name).Append('=').Append(ArgumentSyntax.Of(argument.Kind).Format(invocation.Arguments[i]));
        }

        return text.Append(')').ToString();
    }
}
