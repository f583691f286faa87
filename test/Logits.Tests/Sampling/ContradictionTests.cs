using Logits.Sampling;

namespace Logits.Tests.Sampling;

/// <summary>Settings that are fine alone and cannot be met together.</summary>
public class ContradictionTests
{
    [Theory]
    [InlineData("min-length(length=9,eos=2),forced-eos(max-length=8,eos=2)", "min-length is 9, but forced-eos ends the text at 8 tokens; a least length is at most that. Lower it, or raise max-length.")]
    [InlineData("min-new-tokens(count=9,eos=2),forced-eos(max-length=8,eos=2)", "min-new-tokens is 9, but forced-eos ends the text at 8 tokens; at most 8 can be generated. Lower it, or raise max-length.")]
    [InlineData("forced-eos(max-length=8,eos=2),suppress=1 2", "stage 1 (forced-eos(max-length=8,eos=2)) leaves token 2 alone, and stage 2 (suppress=1 2) rules that out; every token would be ruled out. Take one of the two away, or put stage 1 after stage 2.")]
    [InlineData("forced-bos=5,allowed-tokens=1 2", "stage 1 (forced-bos=5) leaves token 5 alone, and stage 2 (allowed-tokens=1 2) rules that out")]
    [InlineData("forced-bos=5,suppress-at-begin(tokens=5,begin-index=1)", "stage 1 (forced-bos=5) leaves token 5 alone")]
    [InlineData("forced-bos=5,logit-bias=5:-inf", "stage 2 (logit-bias=5:-inf) rules that out")]
    [InlineData("reasoning-budget(budget=3,begin=1,end=2,forced=4 2),bad-words=4|1 2", "leaves token 4 alone, and stage 2 (bad-words=4|1 2) rules that out")]
    [InlineData("allowed-tokens=3 4,top-k=5,suppress=4 3 9", "stage 1 (allowed-tokens=3 4) leaves tokens 3 4 alone, and stage 3 (suppress=4 3 9) rules that out; every token would be ruled out. Take one of the two away.")]
    [InlineData("forced-eos(max-length=8,eos=)", "forced-eos: eos is empty; it names at least 1 token that ends the text. Leave the stage out when there is none.")]
    [InlineData("min-length(length=3,eos=)", "min-length: eos is empty")]
    [InlineData("dry(multiplier=0.8,base=0.5)", "base is 0.5; it is at least 1 (at 1 every repetition costs the same). Leave dry out to turn it off.")]
    public void NamesBothTheBoundAndTheWayOut(string chain, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => SamplerChain.Parse(chain)).Message);

    [Theory]
    [InlineData("min-length(length=8,eos=2),forced-eos(max-length=8,eos=2)")]
    [InlineData("suppress=1 2,forced-eos(max-length=8,eos=2)")]
    [InlineData("forced-eos(max-length=8,eos=2 3),suppress=2")]
    [InlineData("forced-bos=5,suppress-at-begin(tokens=5,begin-index=0)")]
    [InlineData("bad-words(words=4,eos=4),forced-eos(max-length=8,eos=4),bad-words(words=4,eos=4)")]
    [InlineData("top-k=2,top-k(k=5,min-keep=9),temperature=0,top-p=0.9")]
    public void LeavesAloneWhatCanBeMet(string chain) => Assert.Equal(chain, SamplerChain.Parse(chain).ToString());

    [Fact]
    public void CountsThePromptAgainstTheForcedEnd()
    {
        var chain = SamplerChain.Parse("min-new-tokens(count=4,eos=2),forced-eos(max-length=8,eos=2)");
        Assert.Equal(4, chain.Start(1, [1, 1, 1, 1]).PromptLength);
        Assert.Contains("min-new-tokens is 4, but forced-eos ends the text at 8 tokens, 5 of them the prompt; at most 3 can be generated.", Assert.Throws<ArgumentException>(() => chain.Start(1, [1, 1, 1, 1, 1])).Message);
        // A prompt that is past the forced end is never met by it.
        Assert.Equal(9, chain.Start(1, [1, 1, 1, 1, 1, 1, 1, 1, 1]).PromptLength);
    }

    [Theory]
    [InlineData("transformers", """{"min_length": 30, "max_length": 20, "eos_token_id": 2}""", "min_length is 30 and max_length is 20; min_length is at most max_length.")]
    [InlineData("transformers", """{"min_new_tokens": 30, "max_new_tokens": 20, "eos_token_id": 2}""", "min_new_tokens is 30 and max_new_tokens is 20")]
    [InlineData("transformers", """{"num_return_sequences": 3}""", "num_return_sequences is 3 and do_sample is false; without beams there is one likeliest sequence.")]
    [InlineData("transformers", """{"num_return_sequences": 3, "num_beams": 2}""", "num_return_sequences is 3 and num_beams is 2")]
    [InlineData("transformers", """{"exponential_decay_length_penalty": [5, 1.1]}""", "exponential-decay-length: eos is empty")]
    [InlineData("transformers", """{"exponential_decay_length_penalty": 5, "eos_token_id": 2}""", "it is a start and a factor, [5, 1.1].")]
    [InlineData("vllm", """{"n": 2, "temperature": 0}""", "n is 2 and temperature is 0; vllm takes the likeliest token then")]
    [InlineData("vllm", """{"min_tokens": 9, "max_tokens": 4, "stop_token_ids": [2]}""", "min_tokens is 9 and max_tokens is 4")]
    [InlineData("onnxruntime-genai", """{"num_beams": 4, "do_sample": true}""", "num_beams is 4 and do_sample is true; onnxruntime-genai does not draw within a beam search.")]
    [InlineData("onnxruntime-genai", """{"num_beams": 4, "num_return_sequences": 5}""", "num_return_sequences is 5 and num_beams is 4")]
    [InlineData("llama.cpp", """{"mirostat": 3}""", "mirostat is 3; llama.cpp has 0 (off), 1 and 2.")]
    [InlineData("llama.cpp", """{"dry_multiplier": 0.8, "dry_sequence_breakers": ["\n", ":"]}""", "dry_sequence_breakers is [\"\\n\", \":\"]; texts become tokens by the model's tokenizer, which is not known here. Write their token ids")]
    [InlineData("text-generation-webui", """{"dynamic_temperature": true, "dynatemp_low": 1.5, "dynatemp_high": 0.5}""", "dynatemp_low is 1.5 and dynatemp_high is 0.5")]
    [InlineData("openai", """{"temperature": 2.5}""", "temperature is 2.5; openai allows 0 to 2.")]
    public void RefusesAConfigThatContradictsItself(string dialect, string json, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Dialect.Find(dialect).ReadConfig(json)).Message);

    [Theory]
    [InlineData("llama.cpp", """{"dry_multiplier": 0.8, "dry_sequence_breakers": [[13], [4, 5]], "samplers": ["dry"]}""", "dry(multiplier=0.8,breakers=13|4 5)")]
    [InlineData("llama.cpp", """{"dry_multiplier": 0.8, "dry_sequence_breakers": [13, 4], "samplers": ["dry"]}""", "dry(multiplier=0.8,breakers=13|4)")]
    [InlineData("llama.cpp", """{"dry_multiplier": 0.0, "dry_sequence_breakers": ["\n"], "samplers": ["dry"]}""", "")]
    [InlineData("koboldcpp", """{"mirostat": 2, "mirostat_tau": 4, "rep_pen": 1.1, "top_k": 5}""", "top-k=3000,repetition-slope=1.1,temperature=0.75,mirostat=4")]
    [InlineData("koboldcpp", """{"sampler_order": [5], "dynatemp_range": 0.5, "smoothing_factor": 0.3, "temperature": 1, "nsigma": 1.5}""", "top-k=3000,dynamic-temperature(temperature=1,delta=0.5),quadratic-smoothing=0.3,top-n-sigma=1.5")]
    [InlineData("koboldcpp", """{"sampler_order": [4, 6], "typical": 0.9, "rep_pen": 0.9, "rep_pen_slope": 0.5, "xtc_probability": 0.5, "xtc_threshold": 0.1}""", "top-k=3000,typical(p=0.9,beyond=true),repetition-slope=0.9,xtc(probability=0.5,below=true)")]
    [InlineData("koboldcpp", """{"sampler_order": [], "dry_multiplier": 0.8, "dry_penalty_last_n": 0}""", "dry(multiplier=0.8,penalize-breakers=true),top-k=3000")]
    [InlineData("transformers", """{"encoder_no_repeat_ngram_size": 3, "encoder_input_ids": [1, 2, 3]}""", "encoder-no-repeat-ngram(n=3,encoder-ids=1 2 3),greedy")]
    [InlineData("transformers", """{"repetition_penalty": 1.00, "do_sample": true, "top_k": 0, "typical_p": 1.00}""", "")]
    public void ReadsWhatTheProjectsRead(string dialect, string json, string chain) => Assert.Equal(chain, Dialect.Find(dialect).ReadConfig(json).ToString());
}
