import tests.publishing.test_life as t
from collections import Counter
C = Counter()
def wrap(name):
    f = getattr(t.Life, name)
    def g(self, *a, **k):
        C[name]+=1
        return f(self,*a,**k)
    g.__name__=name
    setattr(t.Life,name,g)
for n in ("watch_accept","watch_call","settle","retried","cancel","plan","bury"): wrap(n)
orig=t.Life.watch_accept
def wa(self,account,message,external_id):
    if message.reply_to: C["part accepted"]+=1
    return orig(self,account,message,external_id)
t.Life.watch_accept=wa
orig_end=t.Life.come_to_an_end
def ce(self):
    C["examples"]+=1; C["accepted before end"]+=sum(bool(p.accepted) for p in self.places()); 
    for p in self.places(): C["state "+p.state]+=1
    return orig_end(self)
t.Life.come_to_an_end=ce
def test_it(settings):
    try: t.test_a_post_lives_as_its_model_says(settings)
    finally: print(C)
